import { normalize } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { attemptLogPath } from "./attempt-log-path.ts";

const location = { dagId: "d", runId: "manual__2026-01-01T00:00:00+00:00", taskId: "t", mapIndex: -1, tryNumber: 1 };

describe("paths of logs (CVE-2023-22887, CVE-2026-40861)", () => {
  test("are readable, as Airflow's", () => {
    expect(attemptLogPath(location)).toBe("dag_id=d/run_id=manual__2026-01-01T00:00:00+00:00/task_id=t/attempt=1.ndjson");
    expect(attemptLogPath({ ...location, mapIndex: 3, tryNumber: 2 })).toMatch(/task_id=t\/map_index=3\/attempt=2\.ndjson$/);
    expect(attemptLogPath({ ...location, dagId: "загрузка" })).toMatch(/^dag_id=загрузка\//);
  });

  test("no id leads out of the folder, whatever it holds, and no two ids share a file", () => {
    const id = fc.oneof(
      fc.string({ unit: "binary", maxLength: 250 }),
      fc.constantFrom("..", ".", "../../etc", "a/b", "a\\b", "\0", "%2e%2e", "~"),
    );
    fc.assert(
      fc.property(id, id, id, (dagId, runId, taskId) => {
        const path = attemptLogPath({ ...location, dagId, runId, taskId });
        const segments = path.split("/");
        expect(normalize(path)).toBe(path);
        expect(segments.map((segment) => segment.slice(0, segment.indexOf("=")))).toEqual(["dag_id", "run_id", "task_id", "attempt"]);
        expect(path).not.toContain("\0");
        expect(Math.max(...segments.map((segment) => Buffer.byteLength(segment)))).toBeLessThan(256);
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(id, id, (left, right) => {
        if (left === right || left.toWellFormed() === right.toWellFormed()) return;
        expect(attemptLogPath({ ...location, dagId: left })).not.toBe(attemptLogPath({ ...location, dagId: right }));
      }),
      { numRuns: 300 },
    );
  });

  test("numbers that are none are refused", () => {
    expect(() => attemptLogPath({ ...location, tryNumber: Number.NaN })).toThrow(RangeError);
    expect(() => attemptLogPath({ ...location, mapIndex: -2 })).toThrow(RangeError);
  });
});
