import { readdirSync, readFileSync } from "node:fs";
import { silentLogger, systemClock } from "@polyflow/service-kit";
import { expect, test, vi } from "vitest";
import { createDagFileReader } from "./dag-file-reader.ts";
import { dagSource, TemporaryProject } from "./testing/temporary-project.ts";

test("B9: when nobody has saved a file for long, neither the process for the next one nor the compiler is left; the next file is read", async () => {
  using project = new TemporaryProject({ "dags/a.ts": dagSource("a") });
  const due: (() => void)[] = [];
  const schedule: typeof systemClock.schedule = (delayMs, callback) => {
    if (delayMs !== IDLE_MS) return systemClock.schedule(delayMs, callback);
    due.push(callback);
    return () => void due.splice(due.indexOf(callback) >>> 0, 1);
  };
  const reader = createDagFileReader({
    clock: { ...systemClock, schedule },
    logger: silentLogger,
    projects: [project],
    settings: { idleMs: IDLE_MS },
  });
  expect(await reader.read(project, "dags/a.ts")).toMatchObject({ parsed: { kind: "dags" } });
  await vi.waitUntil(() => children().length >= 2, LONG);
  for (const callback of due.splice(0)) callback();
  expect(await reader.read(project, "dags/a.ts")).toMatchObject({ parsed: { kind: "dags", specs: [{ dagId: "a" }] } });
  await vi.waitUntil(() => children().length >= 2, LONG);
  for (const callback of due.splice(0)) callback();
  await vi.waitUntil(() => children().length === 0, LONG);
  expect(await reader.read(project, "dags/a.ts")).toMatchObject({ parsed: { kind: "dags", specs: [{ dagId: "a" }] } });
  await reader.close();
});

const IDLE_MS = 345_678;
const LONG = { timeout: 20_000 };

/** Living children of this process. */
function children(): readonly string[] {
  return readdirSync(`/proc/${process.pid}/task`)
    .flatMap((task) => (proc(`${process.pid}/task/${task}/children`) ?? "").trim().split(" "))
    .filter((pid) => pid !== "" && isAlive(pid));
}

function isAlive(pid: string): boolean {
  const stat = proc(`${pid}/stat`);
  return stat !== undefined && !/\) Z /.test(stat);
}

/** Undefined: the thread or process has ended meanwhile. */
function proc(path: string): string | undefined {
  try {
    return readFileSync(`/proc/${path}`, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH")) return undefined;
    throw error;
  }
}
