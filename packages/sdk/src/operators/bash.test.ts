import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bash, type BashOptions, dag } from "../index.ts";
import { runTask } from "../runtime/index.ts";
import type { TaskContext } from "../task-context.ts";
import { createTestContext } from "../test-context.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sdk-bash-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(options: Omit<BashOptions, "id">, inputs: object = {}, other: Partial<TaskContext> = {}) {
  const { context, lines } = createTestContext({ projectDir: folder, ...other });
  const task = dag("test", () => void bash({ id: "run", ...options })).tasks.get("run");
  if (task === undefined) throw new Error("no task");
  return { outcome: await runTask({ task, input: { ...inputs }, context }), lines };
}

async function eventually(check: () => boolean): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!check()) {
    if (Date.now() > deadline) throw new Error("it did not come true within 5 s");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH")) return false;
    throw error;
  }
}

describe("A4: bash", () => {
  test("the last line is the output, all lines go to the log", async () => {
    const { outcome, lines } = await run({ command: "echo one; echo two >&2; printf 'три\\n\\n'" });
    expect(outcome).toEqual({ kind: "success", output: "три" });
    expect(lines.toSorted()).toEqual(["info ", "info one", "info two", "info три"]);
  });

  test("exit codes: 99 skips, others fail with the last line", async () => {
    expect((await run({ command: "exit 99" })).outcome).toMatchObject({ kind: "skipped" });
    expect((await run({ command: "exit 7", skipOnExitCode: 7 })).outcome).toMatchObject({ kind: "skipped" });
    expect((await run({ command: "echo 'no such table' >&2; exit 3" })).outcome).toMatchObject({
      kind: "failed",
      reason: "error",
      message: 'The command ended with exit code 3. Its last line: "no such table"',
    });
    expect((await run({ command: "kill -9 $$" })).outcome).toMatchObject({ message: expect.stringContaining("killed by SIGKILL") });
  });

  test("variables carry inputs and facts of the attempt, and cannot be mistaken for a command", async () => {
    const { outcome } = await run({ command: 'echo "$NAME|$N|$POLYFLOW_TASK_ID|$AIRFLOW_CTX_DAG_ID"' }, { NAME: "$(touch x); `id`", N: 5 });
    expect(outcome).toEqual({ kind: "success", output: "$(touch x); `id`|5|run|test" });
  });

  test("B8: the warehouse's connection and schema are in its environment, where there is a warehouse", async () => {
    const command = 'echo "${AF_DF_CONNECTION-none}|${AF_DF_SCHEMA-none}"';
    expect((await run({ command })).outcome).toMatchObject({ output: "none|none" });
    const connection = async (connectionId: string) => {
      const empty = { connectionId, type: "postgres", login: "u", password: "p@ss", schema: "wh" };
      return { ...empty, host: "db", port: 5432, extra: { system_schema: "pf_system" } };
    };
    const { outcome } = await run({ command }, {}, { connection });
    expect(outcome).toMatchObject({ output: "postgres://u:p%40ss@db:5432/wh?system_schema=pf_system|pf_system" });
  });

  test("the command may be made when the task runs; the folder is the project's or one within", async () => {
    const { outcome } = await run({ command: (ctx) => `mkdir -p sub && cd sub && pwd && echo ${ctx.runId}` });
    expect(outcome).toMatchObject({ output: "run_1" });
    expect((await run({ command: "pwd", cwd: "sub" })).outcome).toMatchObject({ output: join(folder, "sub") });
    const missing = `There is no folder ${join(folder, "missing")}: make it, or name another as \`cwd\`.`;
    expect((await run({ command: "pwd", cwd: "missing" })).outcome).toMatchObject({ kind: "failed", reason: "fatal", message: missing });
  });

  test("an abort kills the whole process group, even what ignores SIGTERM is killed with the group", async () => {
    const abort = new AbortController();
    const pidFile = join(folder, "pids");
    const command = `sleep 300 & echo $! > ${pidFile}; echo $$ >> ${pidFile}; echo ready; wait`;
    const reason = new Error("cancelled");
    const running = run({ command }, {}, { signal: abort.signal, log: { ...silent, info: () => abort.abort(reason) } });
    expect((await running).outcome).toMatchObject({ kind: "failed", message: "cancelled" });
    const pids = readFileSync(pidFile, "utf8").trim().split("\n").map(Number);
    expect(pids).toHaveLength(2);
    await eventually(() => !pids.some(isAlive));
  });

  test("A14: kill -9 of the task process takes the command along, though it has a process group of its own", async () => {
    const pidFile = join(folder, "orphan");
    const script = `
      import { bash, dag } from ${JSON.stringify(new URL("../index.ts", import.meta.url).href)};
      const [task] = dag("d", () => void bash({ id: "t", command: 'trap "" TERM; sleep 300 & echo $! > ${pidFile}; echo started; wait' })).tasks.values();
      const log = { info: () => process.send("started") };
      const connection = async () => ({ type: "postgres", host: "db", port: 1, login: null, password: null, schema: null, extra: {} });
      await task.execute({}, { projectDir: "/", signal: new AbortController().signal, log, tryNumber: 1, connection }, task.fields);`;
    const taskProcess = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    await once(taskProcess, "message");
    const pid = Number(readFileSync(pidFile, "utf8"));
    expect(isAlive(pid)).toBe(true);
    taskProcess.kill("SIGKILL");
    await eventually(() => !isAlive(pid));
  });

  test("what a command leaves in the background ends with it, and does not hold up the task", async () => {
    const began = performance.now();
    const { outcome } = await run({ command: "sleep 300 & echo $!" });
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(outcome.kind).toBe("success");
    await eventually(() => !isAlive(outcome.kind === "success" ? Number(outcome.output) : 0));
  });

  test("a line without end does not fill the memory: it is logged in pieces", async () => {
    const { outcome, lines } = await run({ command: "head -c 1000000 /dev/zero | tr '\\0' x; echo; echo end" });
    expect(outcome).toMatchObject({ output: "end" });
    expect(lines.length).toBeGreaterThan(15);
    expect(lines.join("").match(/x/g)).toHaveLength(1_000_000);
  });
});

const silent = { debug: () => undefined, info: () => undefined, warning: () => undefined, error: () => undefined };
