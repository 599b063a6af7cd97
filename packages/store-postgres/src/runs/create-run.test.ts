import { afterAll, beforeAll, expect, test } from "vitest";
import { dagSpec, newRun, only, START, TestStore, taskSpec } from "../fixture/test-store.ts";

let t: TestStore;
beforeAll(async () => {
  t = await TestStore.open();
  for (const dagId of ["one", "two"]) await t.publish(dagSpec(dagId, [taskSpec("a"), taskSpec("b")]));
});
afterAll(() => t.close());

test("runs of a DAG that are asked for at once are few transactions; what exists is refused to one caller and to nobody else (B4, I1)", async () => {
  await t.store.runs.createRun(newRun("one", { runId: "dated", logicalDate: START }));
  const names = Array.from({ length: 40 }, (_, index) => `r${index}`);
  const results = await Promise.allSettled([
    ...names.map((runId) => t.store.runs.createRun(newRun("one", { runId, conf: { runId } }))),
    t.store.runs.createRun(newRun("one", { runId: "r0" })),
    t.store.runs.createRun(newRun("one", { runId: "other", logicalDate: START })),
    t.store.runs.createRun(newRun("two", { runId: "r0" })),
    t.store.runs.createRun(newRun("none", { runId: "r0" })),
  ]);
  const outcomes = results.map((result) => (result.status === "fulfilled" ? result.value.runId : String(result.reason.code)));
  expect(outcomes).toEqual([...names, "dag_run_exists", "dag_run_exists", "r0", "dag_not_found"]);
  const [written] = await t.sql<{ runs: number; own: number; transactions: number }>(
    `select count(*)::integer as runs, count(*) filter (where conf ->> 'runId' = run_id)::integer as own,
            count(distinct xmin::text)::integer as transactions
     from polyflow.dag_run where dag_id = 'one' and run_id <> 'dated'`,
  );
  expect(written).toMatchObject({ runs: 40, own: 40 });
  expect(written?.transactions).toBeLessThan(40);
  expect(await t.sql("select from polyflow.task_instance")).toHaveLength(2 * 42);
  expect(t.events.filter((event) => event.kind === "run" && event.state === "queued")).toHaveLength(42);
});

test("a run that cannot be written takes none with it that is asked for at the same time (B4)", async () => {
  const long = "x".repeat(251);
  const results = await Promise.allSettled(["before", long, "after"].map((runId) => t.store.runs.createRun(newRun("two", { runId }))));
  expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(only(await t.sql<{ n: number }>("select count(*)::integer as n from polyflow.dag_run where dag_id = 'two'")).n).toBe(3);
});

test("audit entries that come at once are all there, in their order (D5)", async () => {
  const entry = { username: "ann", remoteAddress: null, dagId: null, runId: null, taskId: null, details: { why: "because\u0000" } };
  const events = Array.from({ length: 30 }, (_, index) => `event_${index}`);
  await Promise.all(events.map((event) => t.store.identity.appendAudit({ ...entry, event })));
  const rows = await t.sql<{ event: string }>("select event from polyflow.audit_log order by audit_id");
  expect(rows.map((row) => row.event)).toEqual(events);
});
