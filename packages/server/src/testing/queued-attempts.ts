import type { AttemptId, JsonObject } from "@polyflow/contracts";
import type { LeaderTerm, Store } from "@polyflow/store";

let leader: { readonly store: Store; readonly term: LeaderTerm } | undefined;

/** The term in which the tests do what the scheduler does. */
export async function leaderTerm(store: Store): Promise<LeaderTerm> {
  if (leader?.store === store) return leader.term;
  const term = await store.scheduler.acquireLease("scheduler", "test", 3_600_000);
  if (term === undefined) throw new Error("the lease is taken");
  leader = { store, term };
  return term;
}

let runs = 0;

/** Makes a run and does what the scheduler does, until the named task has a queued attempt. */
export async function queueAttempt(
  store: Store,
  options: { readonly dagId?: string; readonly taskId?: string; readonly conf?: JsonObject } = {},
): Promise<{ readonly attemptId: AttemptId; readonly runId: string }> {
  const { dagId = "own", taskId = "extract", conf = {} } = options;
  runs += 1;
  const at = new Date(Date.parse("2026-02-01T00:00:00Z") + runs * 60_000);
  const runId = `test-${runs}`;
  await store.runs.createRun({
    dagId,
    runId,
    runType: "manual",
    logicalDate: at,
    dataIntervalStart: at,
    dataIntervalEnd: at,
    runAfter: at,
    conf,
    note: null,
    triggeredBy: "test",
    triggeringUser: null,
  });
  return { attemptId: await queueTask(store, { dagId, runId, taskId }), runId };
}

/** Queues a task of a run that exists: scheduled, then given an attempt. */
export async function queueTask(
  store: Store,
  task: { readonly dagId: string; readonly runId: string; readonly taskId: string },
): Promise<AttemptId> {
  const term = await leaderTerm(store);
  await store.scheduler.startQueuedRuns(term, 1000);
  const instance = await store.runs.getTaskInstance({ ...task, mapIndex: -1 });
  if (instance === undefined) throw new Error(`no task instance ${JSON.stringify(task)}`);
  const limits = { parallelism: 10_000 };
  const transition = { taskInstanceId: instance.taskInstanceId, from: instance.state, to: "scheduled", reason: null } as const;
  const outcome = await store.scheduler.applySchedule(term, { tasks: [transition], runs: [] }, limits);
  const queued = outcome.queued.find((attempt) => attempt.taskInstanceId === instance.taskInstanceId);
  if (queued === undefined) throw new Error(`not queued: ${JSON.stringify(outcome)}`);
  return queued.attemptId;
}
