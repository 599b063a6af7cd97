import { startFauxqs } from "fauxqs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../harness/eventually.ts";
import { TestProject } from "../harness/project.ts";
import type { RestClient } from "../harness/rest-client.ts";
import { Standalone } from "../harness/standalone.ts";

const bucket = await startFauxqs({ port: 0, host: "127.0.0.1", logger: false, messageSpies: true });
bucket.createBucket("values");

const HELD = `
import { existsSync } from "node:fs";
import { dag, sensor, task } from "@polyflow/sdk";
const pool = "narrow";
export const holder = dag({ id: "holder" }, () => {
  sensor({ id: "holds", pool, interval: "100ms", timeout: "2m", poke: (ctx) => existsSync(ctx.projectDir + "/release") });
});
export const held = dag({ id: "held" }, () => void task({ id: "work", pool }, () => "done")());
`;

const LARGE = `
import { dag, task } from "@polyflow/sdk";
const rows = task("rows", () => Array.from({ length: 20_000 }, (_, id) => ({ id, name: "row " + id })));
const count = task("count", (input: { rows: readonly { id: number }[] }) => input.rows.length);
export const large = dag({ id: "large" }, () => void count({ rows: rows() }));
`;

const mapped = (numbers: string, more: string) => `
import { dag, task } from "@polyflow/sdk";
const list = task("list", () => ${numbers});
const twice = task("twice", (input: { n: number }) => input.n * 2);
const sum = task("sum", (input: { all: readonly number[] }) => input.all.reduce((total, n) => total + n, 0));
export const moving = dag({ id: "moving" }, () => {
  const all = twice.expand({ n: list() });
  sum({ all });${more}
});
`;

let project: TestProject;
let polyflow: Standalone;
let client: RestClient;
beforeAll(async () => {
  project = new TestProject({ "dags/held.ts": HELD, "dags/large.ts": LARGE, "dags/moving.ts": mapped("[1, 2, 3]", "") });
  polyflow = await Standalone.start({
    projects: [project.dir],
    examples: false,
    env: {
      POLYFLOW__XCOM__STORAGE: "connection:bucket/large",
      AIRFLOW_CONN_BUCKET: JSON.stringify({
        conn_type: "s3",
        login: "test",
        password: "test",
        schema: "values",
        extra: { endpoint_url: `http://127.0.0.1:${bucket.port}` },
      }),
    },
  });
  client = await polyflow.client();
  for (const id of ["holder", "held", "large", "moving"]) await client.waitForDag(id);
});
afterAll(async () => {
  await polyflow.remove();
  project.remove();
  await bucket.stop();
});

test("A7: tasks why on a task held by a full pool names the pool and who holds it", async () => {
  await client.request("POST", "/api/v2/pools", { name: "narrow", slots: 1 });
  const holding = await client.trigger("holder");
  const taskPath = (dagId: string, runId: string, taskId: string) =>
    `/api/v2/dags/${dagId}/dagRuns/${encodeURIComponent(runId)}/taskInstances/${taskId}`;
  await eventually("the holder to run", async () => {
    const { state } = await client.request<{ state: string }>("GET", taskPath("holder", holding, "holds"));
    return state === "running" ? state : undefined;
  });
  const waiting = await client.trigger("held");
  await eventually("the other task to be ready", async () => {
    const { state } = await client.request<{ state: string | null }>("GET", taskPath("held", waiting, "work"));
    return state === "scheduled" ? state : undefined;
  });
  const told = await polyflow.command("tasks", "why", "held", "work", waiting);
  expect(told, told.stderr).toMatchObject({ code: 0 });
  expect(told.stdout).toContain('pool "narrow" has 0 of 1 free');
  expect(told.stdout).toContain(`holder.holds of run ${holding} (1)`);
  project.write("release", "");
  expect((await client.waitForRun("held", waiting)).state).toBe("success");
});

test("A4: outputs that are too large for the database stand in a bucket, whose connection is in the environment", async () => {
  const run = await client.runDag("large");
  expect(run.state, JSON.stringify(run.tasks)).toBe("success");
  const path = `/api/v2/dags/large/dagRuns/${encodeURIComponent(run.run_id)}/taskInstances/count/xcomEntries/return_value`;
  expect(await client.request("GET", path)).toMatchObject({ value: 20_000 });
  const written = bucket.spy.getAllMessages().filter((event) => event.service === "s3" && event.status === "uploaded");
  // An end whose report is lost on the way to the database is reported again, and with it the value.
  expect(written.length).toBeGreaterThan(0);
  for (const event of written) expect(event).toMatchObject({ bucket: "values", key: expect.stringMatching(/^large\//) as string });
});

test("A3, A10: a run of mapped tasks is run again with its own code, and with the newest where that is asked for", async () => {
  const { run_id: runId } = await client.runDag("moving");
  const run = `/api/v2/dags/moving/dagRuns/${encodeURIComponent(runId)}`;
  const valueOf = async (taskId: string) =>
    (await client.request<{ value: string | number }>("GET", `${run}/taskInstances/${taskId}/xcomEntries/return_value`)).value;
  expect(await valueOf("sum")).toBe(12);
  project.write("dags/moving.ts", mapped("[10, 20]", '\n  task("after", () => "new")().after(all);'));
  await eventually("the new version", async () => {
    const { dag_versions: versions } = await client.request<{ dag_versions: readonly unknown[] }>("GET", "/api/v2/dags/moving/dagVersions");
    return versions.length === 2 ? versions : undefined;
  });
  const again = async (body: object): Promise<{ readonly [state: string]: number }> => {
    await client.request("POST", `${run}/clear`, { dry_run: false, only_failed: false, ...body });
    expect((await client.waitForRun("moving", runId)).state).toBe("success");
    const { task_instances: instances } = await client.request<{ task_instances: readonly { state: string }[] }>(
      "GET",
      `${run}/taskInstances/twice/listMapped?limit=50`,
    );
    return Object.fromEntries([...Map.groupBy(instances, ({ state }) => state)].map(([state, found]) => [state, found.length]));
  };
  expect(await again({ run_on_latest_version: false })).toEqual({ success: 3 });
  expect(await valueOf("sum")).toBe(12);
  expect(await again({ run_on_latest_version: true })).toEqual({ success: 2, removed: 1 });
  expect(await valueOf("sum")).toBe(60);
  expect(await valueOf("after")).toBe("new");
});
