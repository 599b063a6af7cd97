import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dag, externalTaskSensor, type ExternalTaskSensorOptions, fileSensor, type RunSearchResult, triggerDag } from "@polyflow/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runDag } from "./run-dag.ts";

type Run = RunSearchResult["runs"][number];
const run = (state: Run["state"], tasks: Run["tasks"] = {}, runId = "r1"): Run => ({ runId, logicalDate: new Date(0), state, tasks });

/** Answers of the other DAG one after another; the last one stays. */
function answers(...runs: readonly (readonly Run[])[]) {
  const left = [...runs];
  return {
    find: async (_dagId: string, search: { readonly taskIds?: readonly string[] }) => {
      const now = left.length > 1 ? left.shift() : left[0];
      return { dagExists: true, unknown: [], taskIds: search.taskIds ?? [], runs: now ?? [] };
    },
  };
}

const sensing = (options: Partial<ExternalTaskSensorOptions>) =>
  dag(
    `external_${Math.random().toString(36).slice(2)}`,
    () => void externalTaskSensor({ id: "wait", dagId: "load", mode: "defer", timeout: "1d", ...options }),
  );

describe("the external-task sensor (A5)", () => {
  test("waits for the run of the same logical date, or one by its id", async () => {
    const done = await runDag(sensing({}), { dags: answers([], [run("running")], [run("success")]) });
    expect(done.task("wait")).toMatchObject({ state: "success", output: ["r1"] });
    expect((await runDag(sensing({ runId: "r1" }), { dags: answers([run("success")]) })).state).toBe("success");
  });

  test("waits for tasks: every instance of each must be there", async () => {
    const dags = answers(
      [run("running", { a: { success: 3 } })],
      [run("running", { a: { success: 3 }, b: { running: 1 } })],
      [run("running", { a: { success: 3 }, b: { success: 1 } })],
    );
    let looks = 0;
    const counted = { find: async (...given: Parameters<typeof dags.find>) => ((looks += 1), dags.find(...given)) };
    expect((await runDag(sensing({ taskIds: ["a", "b"] }), { dags: counted })).state).toBe("success");
    expect(looks).toBe(3);
  });

  test("failed and skipped states end the wait; a DAG that is not there only with checkExistence", async () => {
    const failed = await runDag(sensing({ failedStates: ["failed"] }), { dags: answers([run("running")], [run("failed")]) });
    expect(failed.task("wait")).toMatchObject({ state: "failed", reason: expect.stringContaining('"load" is failed') });
    const skipped = await runDag(sensing({ skippedStates: ["failed"] }), { dags: answers([run("failed")]) });
    expect(skipped.task("wait").state).toBe("skipped");
    const none = { find: async () => ({ dagExists: false, unknown: [], taskIds: [], runs: [] }) };
    const missing = await runDag(sensing({ checkExistence: true }), { dags: none });
    expect(missing.task("wait").reason).toContain('no DAG "load"');
    const late = await runDag(sensing({ softFail: true }), { dags: none });
    expect(late.task("wait").state).toBe("skipped");
  });

  test("delta: the run so much before; several dates: all of them", async () => {
    const asked: (readonly Date[] | undefined)[] = [];
    const dags = {
      find: async (_dagId: string, search: { readonly logicalDates?: readonly Date[] }) => {
        asked.push(search.logicalDates);
        return {
          dagExists: true,
          unknown: [],
          taskIds: [],
          runs: (search.logicalDates ?? []).map((_date, index) => run("success", {}, `r${index}`)),
        };
      },
    };
    const logicalDate = new Date("2026-05-02T00:00:00Z");
    await runDag(sensing({ delta: "1d" }), { dags, logicalDate });
    const two = await runDag(sensing({ logicalDates: (ctx) => [ctx.runAfter, new Date(0)] }), { dags, logicalDate });
    expect(asked[0]).toEqual([new Date("2026-05-01T00:00:00Z")]);
    expect(two.task("wait").output).toEqual(["r0", "r1"]);
  });
});

describe("trigger-DAG (A4)", () => {
  const started = { dagId: "load", runId: "r1", state: "queued" as const, isNew: true, isPaused: false };

  test.each(["poke", "defer"] as const)("starts a run with rendered conf and waits for its end (mode %s)", async (mode) => {
    const asked: unknown[] = [];
    const definition = dag(
      `trigger_${mode}`,
      () => void triggerDag({ id: "go", dagId: "load", conf: { day: "{{ ds }}" }, wait: true, mode, timeout: "1h" }),
    );
    const dags = {
      ...answers([run("queued")], [run("running")], [run("success")]),
      trigger: async (_id: string, request?: object) => (asked.push(request), started),
    };
    const done = await runDag(definition, { dags, logicalDate: new Date("2026-05-02T00:00:00Z") });
    expect(done.task("go")).toMatchObject({ state: "success", tries: 1, output: { dagId: "load", runId: "r1", state: "success" } });
    expect(asked).toEqual([expect.objectContaining({ conf: { day: "2026-05-02" }, once: true, whenExists: "fail" })]);
  });

  test.each(["poke", "defer"] as const)("fails when the run fails, or takes longer than it may (mode %s)", async (mode) => {
    const define = (id: string) => dag(id, () => void triggerDag({ id: "go", dagId: "load", wait: true, mode, timeout: "1m" }));
    const trigger = async () => started;
    const failed = await runDag(define(`failed_${mode}`), { dags: { ...answers([run("failed")]), trigger } });
    expect(failed.task("go").reason).toContain("is failed");
    const slow = await runDag(define(`slow_${mode}`), { dags: { ...answers([run("running")]), trigger } });
    expect(slow.task("go").state).toBe("failed");
  });
});

describe("the file sensor (A5)", () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "file-sensor-"));
  });
  afterAll(() => rm(dir, { recursive: true }));

  test("waits for files of a rendered pattern, relative to the project, and gives their paths", async () => {
    const define = (id: string) =>
      dag(id, () => void fileSensor({ id: "file", path: "in_{{ ds_nodash }}_*.csv", softFail: true, timeout: "2m" }));
    const logicalDate = new Date("2026-05-02T00:00:00Z");
    expect((await runDag(define("none"), { projectDir: dir, logicalDate })).task("file").state).toBe("skipped");
    for (const name of ["in_20260502_b.csv", "in_20260502_a.csv", "in_20260503_a.csv"]) await writeFile(join(dir, name), "x");
    const found = await runDag(define("some"), { projectDir: dir, logicalDate });
    expect(found.task("file").output).toEqual([join(dir, "in_20260502_a.csv"), join(dir, "in_20260502_b.csv")]);
  });
});
