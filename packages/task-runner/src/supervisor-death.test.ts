import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CRASH_POINTS } from "./crash-points.ts";
import type { CrashPoint } from "./crash-points.ts";
import { SUPERVISOR_VARIABLE } from "./process/leftover-processes.ts";
import { findByEnvironment, readProcTable } from "./process/proc-table.ts";
import { RunFolder } from "./run-folder.ts";
import { createSupervisor } from "./supervisor.ts";
import type { Supervisor } from "./supervisor.ts";
import { ExecutionApiDouble } from "./testing/execution-api-double.ts";
import type { ApiAttempt } from "./testing/execution-api-double.ts";
import { bundleOf, testOptions, workloadOf } from "./testing/test-worker.ts";

let api: ExecutionApiDouble;
let dir = "";
let runId = "";
let successor: Supervisor | undefined;
let killAll: (() => void)[] = [];

beforeEach(async () => {
  api = new ExecutionApiDouble();
  await api.listen();
  dir = realpathSync(mkdtempSync(join(tmpdir(), "task-runner-death-")));
  mkdirSync(join(dir, "project"));
  const folder = new RunFolder(join(dir, "run"));
  runId = folder.id;
  folder.release();
});
afterEach(async () => {
  for (const kill of killAll) kill();
  killAll = [];
  await successor?.stop(0);
  successor = undefined;
  await api.close();
  rmSync(dir, { recursive: true, force: true });
});

/** Everything that runs on behalf of a supervisor of this run folder. */
function processesOfRunFolder(): readonly number[] {
  return findByEnvironment([{ name: SUPERVISOR_VARIABLE, matches: (value) => value.startsWith(`${runId}.`) }]);
}

/** Starts a supervisor in a process of its own with one attempt. */
function startSupervisor(attempt: ApiAttempt, crashAt: CrashPoint | null): { readonly kill: () => void; readonly died: Promise<unknown> } {
  const child = fork(fileURLToPath(new URL("testing/supervisor-process.ts", import.meta.url)), { stdio: "inherit" });
  child.send({ executionApiUrl: api.url, workerKey: api.workerKey, dir, crashAt, workload: workloadOf(attempt) });
  const kill = (): void => void child.kill("SIGKILL");
  killAll.push(kill);
  return { kill, died: once(child, "exit") };
}

async function startSuccessor(): Promise<Supervisor> {
  successor = createSupervisor(testOptions(dir, api));
  await successor.start();
  return successor;
}

const BUSY = `
  const { spawn } = await import("node:child_process");
  spawn("sleep", ["610"], { stdio: "ignore" });
  spawn("sleep", ["611"], { stdio: "ignore", detached: true });
  console.log("busy");
  while (true) {}
`;

/** What a task must do for the supervisor to come by a crash point. */
const BODIES: { readonly [point in CrashPoint]?: string } = {
  child_exited_before_report: "process.exit(3);",
  between_heartbeats: "await new Promise(() => setInterval(() => {}, 1000));",
};

describe("F15: kill -9 of a supervisor", () => {
  test("leaves nothing behind (Airflow #23520 let it run twice): neither a busy task process nor what it has started, in its group or out of it", {
    timeout: 30_000,
  }, async () => {
    const attempt = api.queue({ taskId: "task", bundleHash: api.addBundle(bundleOf(BUSY)) });
    const supervisor = startSupervisor(attempt, null);
    await api.until(() => attempt.lines.some((line) => line.message === "busy"), "the task to be busy");
    expect(processesOfRunFolder().length).toBeGreaterThanOrEqual(4);
    supervisor.kill();
    await supervisor.died;
    await api.until(() => processesOfRunFolder().length === 0, "the end of all that it started", 5_000);
  });

  test("the next start kills what nobody could kill in time", { timeout: 30_000 }, async () => {
    const attempt = api.queue({ taskId: "task", bundleHash: api.addBundle(bundleOf(BUSY)) });
    const supervisor = startSupervisor(attempt, null);
    await api.until(() => attempt.lines.some((line) => line.message === "busy"), "the task to be busy");
    const guardians = findGuardians();
    expect(guardians).toHaveLength(1);
    for (const pid of guardians) process.kill(pid, "SIGKILL");
    supervisor.kill();
    await supervisor.died;
    const before = new Set(processesOfRunFolder());
    expect(before.size).toBeGreaterThan(0);
    await startSuccessor();
    await api.until(() => !processesOfRunFolder().some((pid) => before.has(pid)), "the end of the leftovers", 2_000);
    expect(readdirSync(join(dir, "run/processes"))).toHaveLength(1);
  });

  test("two supervisors cannot share a run folder", async () => {
    await startSuccessor();
    await expect(createSupervisor(testOptions(dir, api)).start()).rejects.toMatchObject({ code: "config_invalid" });
  });

  test.each(CRASH_POINTS)("at %s: nothing keeps running, and the next supervisor works", { timeout: 30_000 }, async (point) => {
    const attempt = api.queue({ taskId: "task", bundleHash: api.addBundle(bundleOf(BODIES[point] ?? "return 1;")) });
    if (point === "spool_written") api.unavailable = (call) => call === "POST attempts finish";
    const supervisor = startSupervisor(attempt, point);
    await supervisor.died;
    await api.until(() => processesOfRunFolder().length === 0, "the end of all that it started", 5_000);
    api.unavailable = () => false;
    const next = await startSuccessor();
    if (point === "spool_written") expect(attempt.outcome).toEqual({ kind: "success", output: 1 });
    const other = api.queue({ taskId: "task", bundleHash: api.addBundle(bundleOf("return 2;")) });
    await next.run(workloadOf(other));
    expect(other.outcome).toEqual({ kind: "success", output: 2 });
    expect(readdirSync(join(dir, "run/outcomes"))).toEqual([]);
  });
});

function findGuardians(): readonly number[] {
  return readProcTable()
    .map((row) => row.pid)
    .filter((pid) => {
      const commandLine = existsSync(`/proc/${pid}/cmdline`) ? readFileSync(`/proc/${pid}/cmdline`, "utf8") : "";
      return commandLine.includes("polyflow-guardian") && commandLine.includes(dir);
    });
}
