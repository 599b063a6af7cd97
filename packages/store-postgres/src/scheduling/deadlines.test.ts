import type { LeaderTerm } from "@polyflow/store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dagSpec, newRun, taskSpec, TestStore } from "../fixture/test-store.ts";

let test_: TestStore;
let term: LeaderTerm;
beforeAll(async () => {
  test_ = await TestStore.open();
  term = await test_.lead();
});
afterAll(() => test_.close());

const MINUTE_MS = 60_000;

test("A3: a deadline is missed whatever the run's tasks do, once; a run that ended in time misses none", async () => {
  await test_.publish(
    dagSpec("timed", [taskSpec("a")], { deadlines: [{ name: "soon", reference: "queued_at", afterMs: 10 * MINUTE_MS }] }),
  );
  await test_.store.runs.createRun(newRun("timed", { runId: "slow" }));
  await test_.store.runs.createRun(newRun("timed", { runId: "quick" }));
  await test_.store.runs.markRun("timed", "quick", "success");
  expect(await test_.store.scheduler.nextDueAt()).toEqual(new Date(test_.now.getTime() + 10 * MINUTE_MS));
  expect(await test_.store.scheduler.missDeadlines(term, test_.now, 10)).toEqual([]);
  const later = test_.advance(10 * MINUTE_MS);
  expect(await test_.store.scheduler.missDeadlines(term, later, 10)).toEqual([{ dagId: "timed", runId: "slow", name: "soon" }]);
  expect(await test_.store.scheduler.missDeadlines(term, later, 10)).toEqual([]);
  const listed = await test_.store.runs.listMissedDeadlines({ dagId: "timed", limit: 10, offset: 0 });
  expect(listed).toMatchObject({ total: 1, rows: [{ runId: "slow", name: "soon", missedAt: later, runEndDate: null }] });
  expect((await test_.store.runs.listMissedDeadlines({ readableDagIds: ["other"], limit: 10, offset: 0 })).rows).toEqual([]);
  expect((await test_.store.identity.listAudit(1, 0))[0]).toMatchObject({ event: "deadline_missed", dagId: "timed", runId: "slow" });
});

test("A3: references: logical date, an instant, the average runtime once there are enough runs", async () => {
  const at = new Date(test_.now.getTime() + 60 * MINUTE_MS).toISOString();
  await test_.publish(
    dagSpec("references", [taskSpec("a")], {
      deadlines: [
        { name: "average", reference: "average_runtime", afterMs: MINUTE_MS, maxRuns: 5, minRuns: 2 },
        { name: "fixed", reference: "fixed", afterMs: -MINUTE_MS, at },
        { name: "logical", reference: "logical_date", afterMs: 5 * MINUTE_MS },
      ],
    }),
  );
  const dueOf = async (runId: string) => {
    const rows = await test_.sql<{ name: string; due_at: Date }>(
      "select name, due_at from polyflow.deadline join polyflow.dag_run using (dag_run_id) where run_id = $1 order by name",
      [runId],
    );
    return Object.fromEntries(rows.map((row) => [row.name, row.due_at]));
  };
  for (const runId of ["one", "two"]) {
    await test_.startRun(term, "references", { runId, runAfter: test_.now });
    expect(Object.keys(await dueOf(runId))).toEqual(["fixed"]);
    test_.advance(4 * MINUTE_MS);
    await test_.store.runs.markRun("references", runId, "success");
  }
  const logicalDate = new Date("2026-02-01T00:00:00Z");
  await test_.store.runs.createRun(newRun("references", { runId: "three", logicalDate }));
  expect(await dueOf("three")).toEqual({
    average: new Date(test_.now.getTime() + 5 * MINUTE_MS),
    fixed: new Date(Date.parse(at) - MINUTE_MS),
    logical: new Date(logicalDate.getTime() + 5 * MINUTE_MS),
  });
});

test("A3: a cleared run has its time once more, counted from now; who is to be told is told each time that it is missed", async () => {
  const onMiss = [{ name: "tell", retries: 0, retryDelayMs: 0, timeoutMs: 1000 }];
  const deadlines = [{ name: "soon", reference: "queued_at" as const, afterMs: MINUTE_MS, onMiss }];
  await test_.publish(dagSpec("recounted", [taskSpec("a")], { deadlines }));
  await test_.startRun(term, "recounted", { runId: "again" });
  const missed = { dagId: "recounted", runId: "again", name: "soon" };
  expect(await test_.store.scheduler.missDeadlines(term, test_.advance(MINUTE_MS), 10)).toContainEqual(missed);
  await test_.store.runs.markRun("recounted", "again", "failed");
  test_.advance(MINUTE_MS);
  await test_.store.runs.clearTaskInstances({
    dagId: "recounted",
    runId: "again",
    taskIds: ["a"],
    onlyFailed: false,
    dryRun: false,
  });
  const listed = () => test_.store.runs.listMissedDeadlines({ dagId: "recounted", limit: 10, offset: 0 });
  expect((await listed()).total).toBe(0);
  expect(await test_.store.scheduler.missDeadlines(term, test_.now, 10)).not.toContainEqual(missed);
  expect(await test_.store.scheduler.missDeadlines(term, test_.advance(MINUTE_MS), 10)).toContainEqual(missed);
  const called = (await test_.store.callbacks.list({ dagId: "recounted", limit: 10, offset: 0 })).rows;
  expect(called.map(({ kind, name, deadline, taskId }) => [kind, name, deadline, taskId])).toEqual([
    ["deadline", "tell", "soon", null],
    ["deadline", "tell", "soon", null],
  ]);
});
