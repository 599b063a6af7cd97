import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@polyflow/service-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "../cli/run-cli.ts";

const DAG_FILE = `
import { asset, bash, branch, chain, dag, sensor, task } from "@polyflow/sdk";

const list = task("list", () => ["a", "b"]);
const copy = task({ id: "copy", mapIndexTemplate: "file {{ inputs.file }}", outlets: [asset("copies")] }, (input: { file: string }, ctx) => {
  ctx.updateAsset("copies", { file: input.file });
  return input.file + ctx.params["suffix"];
});
const join = task({ id: "join", triggerRule: "none_failed_min_one_success" }, (input: { all: readonly string[] }) => input.all.join(" "));
const step = (id: string) => task(id, () => id)();

export const nightly = dag({ id: "nightly", params: { suffix: { type: "string", default: "1" } } }, () => {
  const all = copy.expand({ file: list() });
  const chosen = branch("choose", (_input: object, ctx) => (ctx.params["suffix"] === "1" ? "one" : "other"))();
  chain(chosen, [step("one"), step("other")], join({ all }));
  sensor({ id: "soon", mode: "reschedule", interval: "1h", timeout: "1d", poke: (ctx) => (ctx.wait?.waits ?? 0) >= 2 });
  sensor({ id: "later", mode: "defer", interval: "1h", timeout: "1d", poke: () => ({ done: true, value: 3 }) });
  bash({ id: "show", command: "echo {{ ds }} {{ params.suffix }} {{ var.value.get('area', 'south') }}" });
});
`;

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "polyflow-author-"));
  mkdirSync(join(dir, "dags"));
  writeFileSync(join(dir, "dags", "nightly.ts"), DAG_FILE);
});
afterAll(() => rmSync(dir, { recursive: true }));

async function polyflow(...args: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const said = { out: "", err: "" };
  const code = await runCli([...args, "--home", join(dir, "home"), "-o", "json"], {
    environment: { AIRFLOW_VAR_AREA: "north" },
    cwd: dir,
    clock: systemClock,
    isTerminal: false,
    writeOut: (text) => (said.out += text),
    writeError: (text) => (said.err += text),
  });
  return { code, ...said };
}

test("dags test runs a whole DAG of a file: sensors, mapping, branch, templates; no server, no database (A14)", {
  timeout: 60_000,
}, async () => {
  const run = await polyflow("dags", "test", "dags/nightly.ts", "--conf", '{"suffix": "2"}', "--logical-date", "2026-01-31T00:00:00Z");
  expect(run.code, run.err).toBe(0);
  const rows = JSON.parse(run.out) as readonly { readonly task_id: string; readonly state: string }[];
  expect(Object.fromEntries(rows.map(({ task_id: taskId, state }) => [taskId, state]))).toMatchObject({
    "copy[file a]": "success",
    "copy[file b]": "success",
    one: "skipped",
    other: "success",
    join: "success",
    soon: "success",
    later: "success",
    show: "success",
  });
});

test("tasks test tries one task: an instance of a mapped one, a sensor, one with templates (A14)", { timeout: 60_000 }, async () => {
  const tried = async (...args: readonly string[]): Promise<unknown> => {
    const { code, out, err } = await polyflow("tasks", "test", "dags/nightly.ts", ...args);
    return code === 0 ? (JSON.parse(out) as unknown) : err;
  };
  expect(await tried("copy", "--outputs", '{"list": ["x", "y"]}', "--map-index", "1")).toMatchObject({
    task_id: "copy[file y]",
    output: "y1",
    asset_updates: [{ name: "copies", extra: { file: "y" } }],
  });
  expect(await tried("copy")).toContain("give those of list");
  expect(await tried("copy", "--outputs", "oops")).toContain("--outputs has to be a JSON object");
  expect(await tried("soon")).toMatchObject({ state: "up_for_reschedule" });
  expect(await tried("show", "--logical-date", "2026-01-31T00:00:00Z")).toMatchObject({
    output: "2026-01-31 1 north",
    rendered_fields: { command: "echo 2026-01-31 1 north" },
  });
});
