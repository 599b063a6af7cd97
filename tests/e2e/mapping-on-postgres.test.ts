import type { DagSpec, JsonValue, MapSource, MappingSpec, TaskSpec } from "@polyflow/contracts";
import { createScheduler } from "@polyflow/scheduler";
import { type Service, silentLogger, systemClock } from "@polyflow/service-kit";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { eventually } from "../harness/eventually.ts";
import { MetadataDatabase } from "../harness/metadata-database.ts";
import type { Store } from "../harness/store.ts";
import { dagSpec, taskSpec } from "../harness/random-dags.ts";
import { TinyExecutor } from "../harness/tiny-executor.ts";

let database: MetadataDatabase;
let store: Store;
let scheduler: Service | undefined;
beforeEach(async () => {
  database = await MetadataDatabase.create(inject("postgresUrl"));
  store = await database.open();
});
afterEach(async () => {
  await scheduler?.stop();
  await database.drop();
});

const over = (source: MapSource): MappingSpec => ({ kind: "expand", inputs: [{ name: "x", source }] });
const outputOf = (taskId: string): MapSource => ({ kind: "output", taskId });
const all = (taskId: string): TaskSpec["inputs"] => ({ all: { kind: "output", taskId } });

interface Given {
  readonly spec: DagSpec;
  readonly output: (taskId: string) => JsonValue;
  readonly parallelism?: number;
  readonly maxMapLength?: number;
}

/** Starts a scheduler without a poll that would help it, and one run. */
async function run({ spec, output, parallelism = 64, maxMapLength = 20_000 }: Given): Promise<TinyExecutor> {
  const executor = new TinyExecutor(
    store,
    () => "success",
    0,
    ({ taskId }) => output(taskId),
  );
  await executor.start();
  await store.dags.publishParsedFile({
    kind: "dags",
    bundleName: "project",
    relativePath: "d.ts",
    source: "",
    bundle: { hash: "0".repeat(64), code: "" },
    specs: [spec],
    parseDurationMs: 0,
  });
  const options = { pollMs: 600_000, parallelism, maxMapLength };
  scheduler = createScheduler({ store, executor, clock: systemClock, logger: silentLogger, holder: "one", options });
  await scheduler.start();
  const none = { logicalDate: null, dataIntervalStart: null, dataIntervalEnd: null, note: null, triggeringUser: null };
  await store.runs.createRun({ ...none, dagId: "d", runId: "r", runType: "manual", runAfter: new Date(), conf: {}, triggeredBy: "test" });
  return executor;
}

async function ended(withinMs = 20_000): Promise<string> {
  return eventually(
    "the end of the run",
    async () => {
      const found = await store.runs.getRun("d", "r");
      return found?.state === "success" || found?.state === "failed" ? found.state : undefined;
    },
    { withinMs, describe: () => "it has not ended" },
  );
}

async function states(): Promise<{ readonly [task: string]: { readonly [state: string]: number } }> {
  const rows = await database.sql<{ task: string; states: { [state: string]: number } }>(
    `select task_id as task, json_object_agg(state, count) as states
     from (select task_id, state, count(*)::integer as count from polyflow.task_instance group by 1, 2) counted group by 1`,
  );
  return Object.fromEntries(rows.map((row) => [row.task, row.states]));
}

const fan = (length: number): DagSpec =>
  dagSpec(
    "d",
    [
      taskSpec("list"),
      taskSpec("each", { upstream: ["list"], mapping: over(outputOf("list")) }),
      taskSpec("join", { upstream: ["each"], inputs: all("each") }),
    ],
    { maxActiveTasks: 1_000, tags: [String(length)] },
  );

test("a task is mapped over an output, each element once, and the task after it waits for all (A3)", async () => {
  const executor = await run({
    spec: fan(300),
    output: (taskId) => (taskId === "list" ? Array.from({ length: 300 }, (_, i) => i) : taskId),
  });
  expect(await ended()).toBe("success");
  expect(await states()).toEqual({ list: { success: 1 }, each: { success: 300 }, join: { success: 1 } });
  expect(new Set(executor.executions).size).toBe(302);
  expect(executor.executions.at(-1)).toBe("d r join 1");
});

test("nothing to map over: the task is skipped; too much: it fails, and says how much and what helps (A3)", async () => {
  await run({ spec: fan(0), output: () => [] });
  expect(await ended()).toBe("success");
  expect(await states()).toEqual({ list: { success: 1 }, each: { skipped: 1 }, join: { skipped: 1 } });
});

test("too much to map over fails the task, and it says how much and what helps (A3)", async () => {
  await run({ spec: fan(11), output: () => Array.from({ length: 11 }, () => 1), maxMapLength: 10 });
  expect(await ended()).toBe("failed");
  const found = await store.runs.getTaskInstance({ dagId: "d", runId: "r", taskId: "each", mapIndex: -1 });
  expect(found).toMatchObject({ state: "failed", reason: expect.stringContaining("11 instances; at most 10") as string });
});

test("a mapped group: each instance goes its own way, and what is cleared follows the new list (A3)", async () => {
  let length = 4;
  const mapping = over(outputOf("list"));
  const spec = dagSpec(
    "d",
    [
      taskSpec("list"),
      taskSpec("g.first", { upstream: ["list"], groupId: "g" }),
      taskSpec("g.second", { upstream: ["g.first"], groupId: "g", inputs: all("g.first") }),
      taskSpec("after", { upstream: ["g.second"] }),
    ],
    { groups: [{ groupId: "g", mapping }] },
  );
  await run({ spec, output: () => Array.from({ length }, (_, index) => index) });
  expect(await ended()).toBe("success");
  expect(await states()).toMatchObject({ "g.first": { success: 4 }, "g.second": { success: 4 }, after: { success: 1 } });
  for (const [newLength, expected] of [
    [2, { success: 2, removed: 2 }],
    [6, { success: 6 }],
  ] as const) {
    length = newLength;
    await store.runs.clearTaskInstances({ dagId: "d", runId: "r", onlyFailed: false, dryRun: false });
    expect(await ended()).toBe("success");
    expect(await states()).toMatchObject({ "g.first": expected, "g.second": expected, after: { success: 1 } });
  }
});

test("limits of a task, of a run and of a pool hold over its instances at every commit (A7, I12)", async () => {
  await database.sql("insert into polyflow.pool (name, slots) values ('endless', -1), ('three', 3)");
  const list: MapSource = { kind: "constant", value: Array.from({ length: 40 }, (_, index) => index) };
  const spec = dagSpec(
    "d",
    [
      taskSpec("a", { mapping: over(list), maxActivePerRun: 2, pool: "endless" }),
      taskSpec("b", { mapping: over(list), maxActivePerDag: 3, pool: "endless" }),
      taskSpec("c", { mapping: over(list), pool: "three" }),
    ],
    { maxActiveTasks: 7 },
  );
  await database.sql(`
    create table polyflow.seen (task_id text, active integer);
    create function polyflow.see() returns trigger language plpgsql as $$ begin
      insert into polyflow.seen
      select task_id, count(*) from polyflow.task_instance where state in ('queued', 'running') group by grouping sets ((task_id), ());
      return null;
    end $$;
    create constraint trigger see after update on polyflow.task_instance deferrable initially deferred
      for each row when (new.state = 'queued') execute function polyflow.see();`);
  await run({ spec, output: () => 1 });
  expect(await ended()).toBe("success");
  const most = await database.sql<{ task: string; most: number }>(
    "select coalesce(task_id, 'all') as task, max(active) as most from polyflow.seen group by 1 order by 1",
  );
  expect(Object.fromEntries(most.map((row) => [row.task, row.most]))).toEqual({ a: 2, all: 7, b: 3, c: 3 });
});
