import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../harness/eventually.ts";
import { TestProject } from "../harness/project.ts";
import type { RestClient } from "../harness/rest-client.ts";
import { type CommandResult, Standalone } from "../harness/standalone.ts";

const DAGS = `
import { existsSync } from "node:fs";
import { allOf, asset, bash, dag, sensor, task } from "@polyflow/sdk";

const released = (ctx: { projectDir: string }) => existsSync(ctx.projectDir + "/release");
export const mapped = dag("cli_mapped", () => {
  const gate = sensor({ id: "gate", interval: "100ms", timeout: "2m", poke: released });
  task("after", () => 1)().after(gate);
  const each = task({ id: "each", maxActivePerRun: 1 }, async (_input: { n: number }, ctx) => {
    while (!released(ctx)) await ctx.sleep("100ms");
  });
  each.expand({ n: [1, 2] });
});
export const waiting = dag("cli_waiting", () => {
  sensor({ id: "file", mode: "defer", interval: "200ms", timeout: "2m", poke: released });
});
export const late = dag({ id: "cli_late", params: { word: { type: "string", default: "hello" } }, deadlines: [{ name: "at once", after: "10ms" }] }, () => {
  bash({ id: "show", command: "sleep 1; echo {{ params.word }} {{ var.value.cli_secret }}" });
});
export const both = dag({ id: "cli_both", schedule: allOf(asset("cli_a"), asset("cli_b")), isPausedUponCreation: false }, () => void task("use", () => 1)());
export const over = dag({ id: "cli_over", schedule: "@daily", startDate: "2026-01-01", endDate: "2026-01-03" }, () => void task("use", () => 1)());
`;

let project: TestProject;
let polyflow: Standalone;
let client: RestClient;

/** What a command prints; it has to succeed. */
async function said(...args: readonly string[]): Promise<CommandResult> {
  const result = await polyflow.command(...args);
  expect(result, result.stderr).toMatchObject({ code: 0 });
  return result;
}
const rows = async (...args: readonly string[]): Promise<unknown> => JSON.parse((await said(...args, "-o", "json")).stdout) as unknown;

beforeAll(async () => {
  project = new TestProject({ "dags/cli.ts": DAGS });
  polyflow = await Standalone.start({ projects: [project.dir], examples: false });
  client = await polyflow.client();
  for (const id of ["cli_mapped", "cli_waiting", "cli_late", "cli_both", "cli_over"]) await client.waitForDag(id);
});
afterAll(async () => {
  await polyflow.remove();
  project.remove();
});

describe("A5: pools", () => {
  test("are made, changed, listed and deleted; mistakes name the value and what helps", async () => {
    expect(await rows("pools", "set", "narrow", "2", "one machine")).toMatchObject({
      pool: "narrow",
      slots: 2,
      open: 2,
      include_deferred: false,
    });
    expect(await rows("pools", "set", "narrow", "-1", "--include-deferred")).toMatchObject({
      slots: -1,
      include_deferred: true,
      description: "one machine",
    });
    expect(await rows("pools", "list")).toMatchObject([{ pool: "default_pool" }, { pool: "narrow" }]);
    expect(await polyflow.command("pools", "set", "narrow", "many")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('"many" is no number of slots'),
    });
    expect(await polyflow.command("pools", "get", "narow")).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("Did you mean narrow?"),
    });
    expect(await polyflow.command("pools", "delete", "default_pool")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("cannot be deleted"),
    });
    await said("pools", "delete", "narrow");
    expect(await polyflow.command("pools", "delete", "narrow")).toMatchObject({ code: 3 });
  });

  test("go to a file and come back from it, in Airflow's form; a file with a mistake changes nothing", async () => {
    const file = join(polyflow.home, "pools.json");
    writeFileSync(
      file,
      JSON.stringify({ etl: { slots: 3, description: "loads", include_deferred: true }, small: { slots: 1, description: "" } }),
    );
    expect((await said("pools", "import", file)).stderr).toContain("2 of 2 pools were saved");
    const copy = join(polyflow.home, "copy.json");
    await said("pools", "export", copy);
    expect(JSON.parse(readFileSync(copy, "utf8"))).toMatchObject({ etl: { slots: 3, description: "loads", include_deferred: true } });
    expect(await polyflow.command("pools", "export", copy)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("must not be there yet"),
    });
    writeFileSync(file, JSON.stringify({ etl: { slots: 9 }, small: { slots: "x" } }));
    expect(await polyflow.command("pools", "import", file)).toMatchObject({ code: 2, stderr: expect.stringContaining("small.slots") });
    expect(await rows("pools", "get", "etl")).toMatchObject({ slots: 3 });
  });
});

describe("A7: tasks why", () => {
  test("names what is waited for: the instance that a limit holds, the tasks before it, and what a deferred task does", async () => {
    const [mapped, waiting] = [await client.trigger("cli_mapped"), await client.trigger("cli_waiting")];
    await eventually("both to wait", async () => {
      const states = [
        (await said("tasks", "state", "cli_waiting", "file", waiting)).stdout,
        (await said("dags", "state", "cli_mapped", mapped)).stdout,
      ];
      return states[0]?.includes("deferred") && states[1]?.includes('"gate":"running"') && states[1].includes('"each[0]":"running"')
        ? states
        : undefined;
    });
    expect(await rows("tasks", "why", "cli_mapped", "each", mapped)).toMatchObject([{ map_index: 1, gate: "task_limits" }]);
    expect((await said("tasks", "why", "cli_mapped", "after", mapped)).stdout).toContain("Not finished: gate (running).");
    const mistaken = await said("tasks", "clear", "cli_mapped", mapped, "-t", "gate", "--map-index", "7", "--dry-run");
    expect(mistaken.stderr).toContain("nothing changes");
    expect((await said("tasks", "why", "cli_mapped", "gate", mapped)).stderr).toContain("its state is running");
    expect((await said("tasks", "why", "cli_waiting", "file", waiting)).stdout).toContain("It is deferred");
    project.write("release", "");
    expect((await client.waitForRun("cli_mapped", mapped)).state).toBe("success");
    expect(existsSync(join(project.dir, "release"))).toBe(true);
  });
});

test("A6, A9: rendered fields with secrets masked, and missed deadlines", async () => {
  await said("variables", "set", "cli_secret", "s3cret-value");
  const run = await client.runDag("cli_late");
  const shown = await said("tasks", "render", "cli_late", "show", run.run_id);
  expect(shown.stdout).toContain("echo hello ***");
  expect(shown.stdout).not.toContain("s3cret-value");
  const missed = await eventually("the deadline to be noted", async () => {
    const found = (await rows("deadlines", "list", "cli_late")) as readonly object[];
    return found.length > 0 ? found : undefined;
  });
  expect(missed).toMatchObject([{ dag_run_id: run.run_id, name: "at once" }]);
});

test("A8: updates that wait for a DAG are listed and thrown away; a mistaken name is answered with the right one", async () => {
  await said("assets", "event", "cli_a");
  expect(await rows("assets", "queued", "cli_both")).toMatchObject([{ asset: "cli_a", updates: 1 }]);
  await said("assets", "clear-queued", "cli_both", "cli_a");
  expect(await rows("assets", "queued", "cli_both")).toEqual([]);
  expect(await rows("assets", "details", "cli_a")).toMatchObject({ name: "cli_a" });
  expect(await polyflow.command("assets", "event", "cli_aa")).toMatchObject({
    code: 3,
    stderr: expect.stringContaining("Did you mean cli_a"),
  });
  expect(await polyflow.command("assets", "event", "cli_a", "--extra", "no")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--extra has to be"),
  });
});

test("A1: next-execution says why there is nothing to come, and takes as many as it can tell", async () => {
  expect((await said("dags", "next-execution", "cli_mapped")).stderr).toContain("has no schedule");
  expect((await said("dags", "next-execution", "cli_both")).stderr).toContain("cli_a and cli_b");
  expect((await said("dags", "next-execution", "cli_over")).stderr).toContain("It ends 2026-01-03");
  expect(await polyflow.command("dags", "next-execution", "cli_over", "-n", "0")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("from 1 to 100"),
  });
});

test("A10: a backfill takes days, and a mistaken id is named", async () => {
  const range = ["--from-date", "2026-01-01", "--to-date", "2026-01-02"];
  expect(await rows("backfill", "create", "cli_over", ...range, "--dry-run")).toHaveLength(2);
  expect(await polyflow.command("backfill", "pause", "first")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('"first" is no id of a backfill'),
  });
});
