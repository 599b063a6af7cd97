import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PolyflowError } from "@polyflow/contracts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dag } from "../dag.ts";
import { runTask } from "../runtime/index.ts";
import type { TaskContext } from "../task-context.ts";
import { createTestContext } from "../test-context.ts";
import { python, type PythonOptions } from "./python.ts";

const hasPython = spawnSync("python3", ["--version"]).status === 0;
let projectDir: string;

beforeAll(() => {
  projectDir = mkdtempSync(join(tmpdir(), "python-"));
  mkdirSync(join(projectDir, "source"));
  mkdirSync(join(projectDir, "plugins"));
  writeFileSync(join(projectDir, "plugins", "rates.py"), "def rate(area):\n    return {'north': 2, 'south': 3}[area]\n");
  writeFileSync(
    join(projectDir, "source", "totals.py"),
    `import datetime, decimal
import polyflow
from rates import rate

def total(rows, area):
    print("rows", len(rows), "in", polyflow.context["ds"])
    return {"total": sum(rows) * rate(area), "at": datetime.date(2026, 1, 31), "exact": decimal.Decimal("0.10")}

def skip():
    raise polyflow.SkipTask("no files")

def refuse():
    raise polyflow.FailTask("wrong password")

def broken():
    return 1 / 0

def host():
    return polyflow.connections["crm"]["host"]
`,
  );
});

afterAll(() => rmSync(projectDir, { recursive: true, force: true }));

async function run(options: Omit<PythonOptions, "id">, given: Partial<TaskContext> = {}) {
  const task = dag("d", () => void python({ id: "run", ...options })).tasks.get("run");
  if (task === undefined) throw new Error("no task");
  const { context, lines } = createTestContext({ projectDir, params: { area: "south" }, ...given });
  return { outcome: await runTask({ task, input: {}, context }), lines };
}

describe.skipIf(!hasPython)("A4: Python (skipped: needs python3)", () => {
  test("a function gets its arguments by name, and what it returns is the output", async () => {
    const { outcome, lines } = await run({
      file: "source/totals.py",
      callable: "total",
      arguments: { rows: [1, 2, 3], area: "{{ params.area }}" },
    });
    expect(outcome).toEqual({ kind: "success", output: { total: 18, at: "2026-01-31", exact: "0.10" } });
    expect(lines).toEqual(["info rows 3 in 2026-01-01"]);
  });

  test("a script runs as written; its last line is the output", async () => {
    const code = 'import polyflow, sys\nassert __name__ == "__main__"\nprint("a", file=sys.stderr)\nprint(polyflow.arguments["day"], "ж")';
    expect((await run({ code, arguments: { day: "{{ ds_nodash }}" } })).outcome).toEqual({ kind: "success", output: "20260101 ж" });
    expect((await run({ code: "import sys; sys.exit(99)" })).outcome).toMatchObject({ kind: "skipped" });
    expect((await run({ code: "import sys; sys.exit('no rows')" })).outcome).toMatchObject({
      reason: "error",
      message: expect.stringContaining("no rows"),
    });
  });

  test("SkipTask, FailTask and errors end the task as their TypeScript kin do; the traceback is in the log", async () => {
    const file = "source/totals.py";
    expect((await run({ file, callable: "skip" })).outcome).toEqual({ kind: "skipped", reason: "no files" });
    expect((await run({ file, callable: "refuse" })).outcome).toMatchObject({ kind: "failed", reason: "fatal", message: "wrong password" });
    const { outcome, lines } = await run({ file, callable: "broken" });
    expect(outcome).toMatchObject({ kind: "failed", reason: "error", message: "ZeroDivisionError: division by zero" });
    expect(lines.join("\n")).toMatch(/totals\.py", line \d+, in broken/);
  });

  test("connections come by themselves, neither in the environment nor among the arguments of the process", async () => {
    const crm = {
      connectionId: "crm",
      type: "http",
      host: "crm.local",
      port: null,
      login: null,
      password: "s3cret",
      schema: null,
      extra: {},
    };
    const none = (id: string) => new PolyflowError("connection_not_found", `There is no connection "${id}".`);
    const given = { connection: (id: string) => (id === "crm" ? Promise.resolve(crm) : Promise.reject(none(id))) };
    expect((await run({ file: "source/totals.py", callable: "host", connections: ["crm"] }, given)).outcome).toEqual({
      kind: "success",
      output: "crm.local",
    });
    const look = "import os\ndef look():\n    return 's3cret' in str(os.environ) + open('/proc/self/cmdline').read()";
    expect((await run({ code: look, callable: "look", connections: ["crm"] }, given)).outcome).toEqual({ kind: "success", output: false });
  });

  test("mistakes name what is wrong and what to do", async () => {
    expect((await run({ file: "../outside.py" })).outcome).toMatchObject({
      reason: "fatal",
      message: expect.stringContaining("outside of the project"),
    });
    expect((await run({ code: "1", interpreter: "python-that-is-not-there" })).outcome).toMatchObject({
      reason: "error",
      message: expect.stringContaining("was not found"),
    });
    expect((await run({ code: "x = 1", callable: "f" })).outcome).toMatchObject({ message: "there is no function f in the code" });
    expect((await run({ code: "def f():\n    return float('nan')", callable: "f" })).outcome).toMatchObject({ kind: "failed" });
    expect(() => dag("d", () => void python({ id: "run" }))).toThrow(/either a file or code/);
  });

  test("what Python started ends with the attempt", async () => {
    const abort = new AbortController();
    const code = "import subprocess, sys\np = subprocess.Popen(['sleep', '60'])\nprint(p.pid, flush=True)\np.wait()";
    const pids: number[] = [];
    const log = {
      debug() {},
      warning() {},
      error() {},
      info: (line: string) => {
        pids.push(Number(line));
        abort.abort(new Error("cancelled"));
      },
    };
    const { outcome } = await run({ code }, { signal: abort.signal, log });
    expect(outcome).toMatchObject({ kind: "failed", message: "cancelled" });
    expect(pids).toHaveLength(1);
    await expect.poll(() => isAlive(pids[0] ?? 0)).toBe(false);
  });
});

/** A process that was killed stays listed until its parent has heard of it. */
function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
}
