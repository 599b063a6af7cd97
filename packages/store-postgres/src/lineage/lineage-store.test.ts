import { afterAll, beforeAll, expect, test } from "vitest";
import { dagSpec, only, START, TestStore, taskSpec } from "../fixture/test-store.ts";

let t: TestStore;
beforeAll(async () => {
  t = await TestStore.open();
});
afterAll(() => t.close());

test("starts and ends of attempts stand in the outbox with their change, until they were handed over; while it is off nothing does (A12)", async () => {
  const term = await t.lead();
  await t.publish(dagSpec("d", [taskSpec("a")]));
  const session = await t.store.execution.registerWorker({ name: "w", hostname: "h", slots: 9 });
  const attempt = async (runId: string) => {
    const run = await t.startRun(term, "d", { runId });
    const { attemptId } = only(await t.schedule(term, run.runKey, ["a"]));
    await t.store.execution.claimAttempt(attemptId, session);
    return attemptId;
  };
  await t.store.execution.finishAttempt(await attempt("quiet"), { to: "success", output: 1 });
  expect(await t.store.lineage.listLineage(10)).toEqual([]);
  for (const isOn of [true, true]) await t.store.lineage.setLineage(isOn);
  const [good, bad] = [await attempt("good"), await attempt("bad")];
  await t.store.execution.finishAttempt(good, { to: "success", output: 1 });
  await t.store.execution.finishAttempt(good, { to: "success", output: 2 });
  await t.store.execution.finishAttempt(bad, { to: "up_for_retry", reason: "broke", nextRetryAt: START });
  const records = await t.store.lineage.listLineage(10);
  expect(records.map(({ runId, state, attemptId }) => [runId, state, attemptId])).toEqual([
    ["good", "running", good],
    ["bad", "running", bad],
    ["good", "success", good],
    ["bad", "up_for_retry", bad],
  ]);
  expect(records.at(-1)).toMatchObject({ taskId: "a", reason: "broke", loads: [], spec: { dagId: "d" } });
  await t.store.lineage.forgetLineage(records.slice(0, 3).map((record) => record.lineageId));
  expect((await t.store.lineage.listLineage(10)).map((record) => record.state)).toEqual(["up_for_retry"]);
  await t.store.lineage.setLineage(false);
  await attempt("quiet again");
  expect(await t.store.lineage.listLineage(10)).toHaveLength(1);
});
