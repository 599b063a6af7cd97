import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../harness/eventually.ts";
import { ExampleServices } from "../harness/example-services.ts";
import type { RestClient, RunView } from "../harness/rest-client.ts";
import { Standalone } from "../harness/standalone.ts";

const EXAMPLES = join(import.meta.dirname, "../../examples/dags");

/** Examples that need what a machine may lack, and the command that shows whether it is there. */
const NEEDS: { readonly [dagId: string]: string } = { example_python: "python3" };

/** Runs beside each other: a small machine gets on with them, and those that wait still overlap. */
const AT_ONCE = 10;

let services: ExampleServices;
let polyflow: Standalone;
let client: RestClient;

beforeAll(async () => {
  services = await ExampleServices.start();
  polyflow = await Standalone.start({ env: services.environment });
  client = await polyflow.client();
  // as `polyflow pools set example_warehouse 2` does
  await client.request("POST", "/api/v2/pools", { name: "example_warehouse", slots: 2 });
});
afterAll(async () => {
  await polyflow.remove();
  services.stop();
});

/** Of all DAGs whose ids stand in the files: none is left out because its file has not been read yet. */
function describedIds(): readonly string[] {
  const sources = readdirSync(EXAMPLES).filter((name) => !name.endsWith(".test.ts"));
  const ids = sources.flatMap((name) => [...readFileSync(join(EXAMPLES, name), "utf8").matchAll(/\bid: "(example_\w+)"/g)]);
  return ids.map(([, id = ""]) => id);
}

/** Each feature of DAG files has an example that shows it and that comes to a good end: by itself (tag `feature`), with connections, or with a pool. */
test("A1: the example of every feature runs to success", { timeout: 900_000 }, async () => {
  await Promise.all(describedIds().map((id) => client.waitForDag(id, 300_000)));
  const { dags } = await client.request<{ dags: readonly { dag_id: string; tags: readonly { name: string }[] }[] }>(
    "GET",
    "/api/v2/dags?tags=example&limit=200",
  );
  const ids = dags
    .filter((dag) => dag.tags.some(({ name }) => name === "feature" || name === "connections" || name === "pool"))
    .map((dag) => dag.dag_id)
    .filter((id) => NEEDS[id] === undefined || spawnSync(NEEDS[id], ["--version"]).status === 0);
  expect(ids.length).toBeGreaterThan(20);
  for (const id of ids) await client.request("PATCH", `/api/v2/dags/${id}`, { is_paused: false });
  const runs: RunView[] = [];
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const some = ids.slice(from, from + AT_ONCE);
    runs.push(...(await Promise.all(some.map((id) => client.runDag(id, { withinMs: 240_000 })))));
  }
  const failed = runs.filter((run) => run.state !== "success");
  expect(
    failed.map((run) => ({ run: run.run_id, tasks: run.tasks.map((task) => `${task.task_id}: ${task.state} ${task.reason ?? ""}`) })),
  ).toEqual([]);
});

test("A4, A8: the examples with connections did what they say: a mail and a notice were sent, a file was moved", async () => {
  const mails = await eventually("mail and notice", () => (services.mails.length >= 2 ? services.mails : undefined), {
    withinMs: 100_000,
  });
  expect(mails.some((mail) => /^Subject: Sales of \d{4}-\d\d-\d\d/m.test(mail) && mail.includes("sales@firm.example"))).toBe(true);
  expect(mails.some((mail) => mail.includes("example_email: success") && mail.includes("boss@firm.example"))).toBe(true);
  const files = readdirSync(services.folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".py"));
  expect(files.map((name) => [name.split(sep)[0], name.split(sep).at(-1)])).toEqual([["done", "statistics_of.py"]]);
});

test("A3: the first failure of a fail-fast run stops what runs and skips what waits", async () => {
  await client.request("PATCH", "/api/v2/dags/example_fail_fast", { is_paused: false });
  const run = await client.runDag("example_fail_fast");
  expect([run.state, ...run.tasks.map(({ task_id: id, state }) => `${id} ${state}`).sort()]).toEqual([
    "failed",
    "check failed",
    "load failed",
    "publish skipped",
  ]);
});

test("A14: the examples' own tests pass with Node's test runner, without a server", () => {
  const files = readdirSync(EXAMPLES).filter((name) => name.endsWith(".test.ts"));
  expect(files.length).toBeGreaterThan(0);
  const told = spawnSync(process.execPath, ["--test", ...files.map((name) => join(EXAMPLES, name))], { encoding: "utf8" });
  expect(told.status, told.stdout + told.stderr).toBe(0);
});

test("A3: instances of a mapped task are called what their author's template says", async () => {
  const { dag_runs: runs } = await client.request<{ dag_runs: readonly { dag_run_id: string }[] }>(
    "GET",
    "/api/v2/dags/example_mapping/dagRuns?limit=1",
  );
  const path = `/api/v2/dags/example_mapping/dagRuns/${encodeURIComponent(runs[0]?.dag_run_id ?? "")}/taskInstances/measure/listMapped`;
  const { task_instances: instances } = await client.request<{ task_instances: readonly { rendered_map_index: string }[] }>("GET", path);
  expect(instances.map((instance) => instance.rendered_map_index)).toEqual(["orders.csv", "items.csv", "prices.csv"]);
});

test("A12: a task's success updates an asset, which runs the DAG that waits for it; an update from outside does so, too", async () => {
  for (const id of ["example_asset_producer", "example_asset_consumer"]) {
    await client.waitForDag(id);
    await client.request("PATCH", `/api/v2/dags/${id}`, { is_paused: false });
  }
  const produced = await client.runDag("example_asset_producer", { withinMs: 60_000 });
  expect(produced.state).toBe("success");
  const answered = async (source: string | null) => {
    const { asset_events: events } = await client.request<{ asset_events: readonly AssetEvent[] }>(
      "GET",
      "/api/v2/assets/events?limit=100",
    );
    const run = events.find((event) => event.name === "example_orders" && event.source_run_id === source)?.created_dagruns[0];
    return run?.state === "success" ? run : undefined;
  };
  expect(await eventually("the run that the task's update triggers", () => answered(produced.run_id))).toMatchObject({
    dag_id: "example_asset_consumer",
  });
  const told = await polyflow.command("assets", "event", "example_orders", "--extra", '{"rows": 1}');
  expect(told, told.stderr).toMatchObject({ code: 0 });
  await eventually("the run that the update from outside triggers", () => answered(null));
});

test("A3, A11: callbacks of tasks, runs and missed deadlines are called, with a log; the command line shows them", async () => {
  const called = (dagId: string, wanted: number) =>
    eventually(
      `${wanted} callbacks of ${dagId}`,
      async () => {
        const { callbacks } = await client.request<{ callbacks: readonly CalledBack[] }>("GET", `/api/v2/callbacks?dag_id=${dagId}`);
        return callbacks.filter(({ state }) => state === "success").length >= wanted ? callbacks : undefined;
      },
      { withinMs: 100_000 },
    );
  const callbacks = await called("example_callbacks", 3);
  expect(callbacks.map(({ task_id, kind, name }) => `${task_id ?? "run"} ${kind} ${name}`).sort()).toEqual([
    "fetch_prices retry inform",
    "fetch_prices success inform",
    "run success summarise",
  ]);
  const retry = callbacks.find(({ kind }) => kind === "retry");
  const log = await polyflow.command("callbacks", "logs", retry?.id ?? "");
  expect(log.stdout, log.stderr).toContain("example_callbacks/fetch_prices is up_for_retry");
  expect(log.stdout).toContain("the source answers 503");
  const [late] = await called("example_deadline", 1);
  expect(late).toMatchObject({ kind: "deadline", deadline: "soon", name: "tellWho", task_id: null });
  const listed = await polyflow.command("callbacks", "list", "example_deadline");
  expect(listed.stdout, listed.stderr).toContain("tellWho");
  const dead = await polyflow.command("dead-letter", "list");
  expect(dead, dead.stderr).toMatchObject({ code: 0 });
});

interface CalledBack {
  readonly id: string;
  readonly task_id: string | null;
  readonly kind: string;
  readonly name: string;
  readonly deadline: string | null;
  readonly state: string;
}

interface AssetEvent {
  readonly name: string;
  readonly source_run_id: string | null;
  readonly created_dagruns: readonly { readonly dag_id: string; readonly state: string }[];
}
