import {
  type AttemptId,
  brand,
  type DagRunKey,
  isFinishedRunState,
  isFinishedTaskState,
  PolyflowError,
  type ChangeEvent,
} from "@polyflow/contracts";
import { SLOT_HOLDING_STATES } from "@polyflow/lifecycle";
import type { ActiveRun, AskedDag, DueDag, LeaderTerm, LimitOptions, QueuedAttempt, SchedulerStore } from "@polyflow/store";
import { expandModelTasks, modelMapLengths, modelTaskFacts } from "./model-mapping.ts";
import type { ModelDag, ModelOutboxRow, ModelRun, ModelState, ModelTask } from "./model-state.ts";

/** The scheduler's side of the model: each method is one atomic transaction over the rows, fenced by the leader's term. */
export function modelSchedulerStore(state: ModelState): SchedulerStore {
  return {
    ...leaseMethods(state),
    ...runMethods(state),
    ...readMethods(state),
    ...writeMethods(state),
    ...workerMethods(state),
    // no DAG of the model allows a number of failures
    pauseFailingDags: async () => [],
    missDeadlines: async () => [],
  };
}

function fence(state: ModelState, term: LeaderTerm): void {
  if (!state.isCurrent(term)) throw new PolyflowError("leadership_lost", `Term ${term.term} of "${term.name}" is over.`);
}

function leaseMethods(state: ModelState): Pick<SchedulerStore, "acquireLease" | "renewLease" | "releaseLease"> {
  return {
    async acquireLease(name, holder, ttlMs) {
      return state.acquireLease(name, holder, ttlMs);
    },
    async renewLease(term, ttlMs) {
      return state.renewLease(term, ttlMs);
    },
    async releaseLease(term) {
      state.releaseLease(term);
    },
  };
}

function runMethods(
  state: ModelState,
): Pick<
  SchedulerStore,
  | "listDueDags"
  | "nextDueAt"
  | "createScheduledRun"
  | "setNextRun"
  | "startQueuedRuns"
  | "listBackfillWork"
  | "applyBackfillSteps"
  | "listAssetTriggeredDags"
  | "createAssetRun"
> {
  return {
    // Nobody asks for a backfill in the model, and it has no assets.
    async listAssetTriggeredDags() {
      return { crowded: 0, dags: [] };
    },
    async createAssetRun(term) {
      fence(state, term);
      return undefined;
    },
    async listBackfillWork() {
      return { open: 0, work: [] };
    },
    async applyBackfillSteps(term) {
      fence(state, term);
      return false;
    },
    async listDueDags(now, limit) {
      return dueDags(state, now).slice(0, limit);
    },
    async nextDueAt() {
      return nextDueAt(state);
    },
    async createScheduledRun(term, run) {
      fence(state, term);
      if (!isAskedVersion(state, run)) return undefined;
      const runKey = state.createRun(run);
      planNext(state, run.dagId, run.next);
      return runKey;
    },
    async setNextRun(term, asked, next) {
      fence(state, term);
      if (isAskedVersion(state, asked)) planNext(state, asked.dagId, next);
    },
    async startQueuedRuns(term, limit) {
      fence(state, term);
      return startQueuedRuns(state, limit);
    },
  };
}

function readMethods(
  state: ModelState,
): Pick<
  SchedulerStore,
  | "getActiveRuns"
  | "listActiveRuns"
  | "getSpec"
  | "loadTaskFacts"
  | "loadTaskFactsOfRuns"
  | "loadMapLengths"
  | "loadPastFacts"
  | "runsWithUnfinishedTasks"
> {
  return {
    async getActiveRuns(runKeys) {
      return runKeys.flatMap((runKey) => activeRun(state, state.runs.get(runKey)));
    },
    async listActiveRuns(after, limit) {
      const keys = [...state.runs.keys()].filter((key) => after === undefined || key > after).toSorted();
      return keys.flatMap((key) => activeRun(state, state.runs.get(key))).slice(0, limit);
    },
    async getSpec(versionId) {
      const spec = state.specs.get(versionId);
      if (spec === undefined) throw new PolyflowError("dag_invalid", `Version ${versionId} cannot be read.`);
      return spec;
    },
    async loadTaskFacts(runKey, taskIds) {
      return modelTaskFacts(state, { runKey, taskIds });
    },
    async loadTaskFactsOfRuns(requests) {
      return new Map(requests.map((request) => [request.runKey, modelTaskFacts(state, request)]));
    },
    async loadMapLengths(requests) {
      return modelMapLengths(state, requests);
    },
    async loadPastFacts(requests) {
      return requests.flatMap((request) => request.taskIds.flatMap((taskId) => state.pastOf(request, taskId) ?? []));
    },
    async runsWithUnfinishedTasks(runKeys) {
      return new Set(runKeys.filter((runKey) => state.hasUnfinishedTasks(runKey)));
    },
  };
}

function writeMethods(state: ModelState): Pick<SchedulerStore, "applySchedule" | "wakeDueRetries" | "timeOutRuns" | "resolveLostAttempt"> {
  return {
    async applySchedule(term, decisions, limits) {
      fence(state, term);
      return applySchedule(state, decisions, limits);
    },
    async wakeDueRetries(term, now, limit) {
      fence(state, term);
      const due = [...state.tasks.values()]
        .filter((task) => task.state === "up_for_retry" && task.nextRetryAt !== null && task.nextRetryAt <= now)
        .slice(0, limit);
      for (const task of due) task.nextRetryAt = null;
      state.emit(due.map((task) => state.setTaskState(task, "scheduled")));
      return due.length;
    },
    async timeOutRuns(term, now) {
      fence(state, term);
      return timeOutRuns(state, now);
    },
    async resolveLostAttempt(term, lost, to) {
      fence(state, term);
      const task = lostTasks(state).find((candidate) => candidate.attemptId === lost.attemptId);
      if (task === undefined) return false;
      state.supersede(task);
      if (!lost.workerHasLeft) task.losses += 1;
      if (to === "scheduled") task.maxTries += 1;
      state.emit([state.setTaskState(task, to)]);
      return true;
    },
  };
}

function workerMethods(
  state: ModelState,
): Pick<SchedulerStore, "listUnclaimedAttempts" | "markPublished" | "listWorkerSessions" | "closeWorkerSession" | "listLostAttempts"> {
  return {
    async listUnclaimedAttempts(republishAfterMs, limit) {
      const publishedBefore = state.clock.now() - republishAfterMs;
      return [...state.outbox.values()]
        .filter((row) => row.publishedAtMs === null || row.publishedAtMs <= publishedBefore)
        .slice(0, limit)
        .map(queuedAttempt);
    },
    async markPublished(attemptIds) {
      for (const attemptId of attemptIds) {
        const row = state.outbox.get(attemptId);
        if (row !== undefined) row.publishedAtMs = state.clock.now();
      }
    },
    async listWorkerSessions() {
      return [...state.sessions].flatMap(([sessionId, session]) =>
        session.isOpen ? { sessionId, name: session.name, hostname: "model", counter: session.counter } : [],
      );
    },
    async closeWorkerSession(sessionId) {
      const session = state.sessions.get(sessionId);
      if (session !== undefined) session.isOpen = false;
    },
    async listLostAttempts(limit) {
      return lostTasks(state)
        .slice(0, limit)
        .flatMap((task) => {
          if (task.attemptId === null) return [];
          const workerHasLeft = task.sessionId !== null && state.sessions.get(task.sessionId)?.hasLeft === true;
          return { ...identity(task), attemptId: task.attemptId, losses: task.losses, workerHasLeft };
        });
    },
  };
}

function isAskedVersion(state: ModelState, { dagId, versionId }: AskedDag): boolean {
  return state.dags.get(dagId)?.versionId === versionId;
}

function planNext(state: ModelState, dagId: string, next: ModelDag["nextRun"]): void {
  const dag = state.dags.get(dagId);
  if (dag === undefined) return;
  dag.nextRun = next;
  dag.wasAsked = true;
}

function runsOf(state: ModelState, dagId: string): readonly ModelRun[] {
  return [...state.runs.values()].filter((run) => run.dagId === dagId);
}

function dueDags(state: ModelState, now: Date): readonly DueDag[] {
  return [...state.dags.values()].flatMap((dag): readonly DueDag[] => {
    const { dagId, versionId, spec, nextRun } = dag;
    if (dag.isPaused || spec.schedule.kind === "none") return [];
    if (nextRun === null ? dag.wasAsked : nextRun.runAfter > now) return [];
    const runs = runsOf(state, dagId);
    const unfinishedRuns = runs.filter((run) => !isFinishedRunState(run.state)).length;
    if (unfinishedRuns >= spec.maxActiveRuns) return [];
    const last = runs
      .filter((run) => run.request.runType === "scheduled")
      .toSorted((a, b) => Number(b.request.logicalDate) - Number(a.request.logicalDate))[0];
    const { logicalDate, dataIntervalStart, dataIntervalEnd, runAfter } = last?.request ?? {
      logicalDate: null,
      dataIntervalStart: null,
      dataIntervalEnd: null,
      runAfter: now,
    };
    const lastAutomatedRun =
      logicalDate === null || dataIntervalStart === null || dataIntervalEnd === null
        ? null
        : { logicalDate, dataIntervalStart, dataIntervalEnd, runAfter };
    return [{ dagId, versionId, spec, nextRun, lastAutomatedRun, horizon: null, unfinishedRuns }];
  });
}

function nextDueAt(state: ModelState): Date | undefined {
  const times: number[] = [];
  for (const task of state.tasks.values())
    if (task.state === "up_for_retry" && task.nextRetryAt !== null) times.push(task.nextRetryAt.getTime());
  for (const dag of state.dags.values()) {
    if (dag.isPaused || dag.nextRun === null) continue;
    if (runsOf(state, dag.dagId).filter((run) => !isFinishedRunState(run.state)).length >= dag.spec.maxActiveRuns) continue;
    times.push(dag.nextRun.runAfter.getTime());
  }
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}

function startQueuedRuns(state: ModelState, limit: number): readonly ActiveRun[] {
  const started: ModelRun[] = [];
  const events: ChangeEvent[] = [];
  for (const run of [...state.runs.values()].toSorted((a, b) => Number(a.request.runAfter) - Number(b.request.runAfter))) {
    const dag = state.dags.get(run.dagId);
    if (run.state !== "queued" || dag === undefined || dag.isPaused || started.length >= limit) continue;
    if (runsOf(state, run.dagId).filter((other) => other.state === "running").length >= dag.spec.maxActiveRuns) continue;
    run.startDate = new Date(state.clock.now());
    events.push(state.setRunState(run, "running"));
    started.push(run);
  }
  state.emit(events);
  return started.flatMap((run) => activeRun(state, run));
}

function activeRun(state: ModelState, run: ModelRun | undefined): readonly ActiveRun[] {
  if (run === undefined || run.state !== "running" || state.dags.get(run.dagId)?.isPaused === true) return [];
  const { runKey, dagId, versionId, startDate, request } = run;
  return [{ runKey, dagId, runId: request.runId, versionId, state: run.state, logicalDate: request.logicalDate, startDate }];
}

function applySchedule(
  state: ModelState,
  { tasks, expansions = [], runs }: Parameters<SchedulerStore["applySchedule"]>[1],
  limits: LimitOptions,
): Awaited<ReturnType<SchedulerStore["applySchedule"]>> {
  const events: ChangeEvent[] = [];
  const applied = tasks.flatMap(({ taskInstanceId, from, to }) => {
    const task = state.tasks.get(taskInstanceId);
    if (task === undefined || task.state !== from) return [];
    state.supersede(task);
    events.push(state.setTaskState(task, to));
    return taskInstanceId;
  });
  for (const expansion of expansions) expandModelTasks(state, expansion, events);
  const finishedRuns = runs.flatMap(({ runKey, to }) => {
    const run = state.runs.get(runKey);
    if (run === undefined || run.state !== "running" || state.hasUnfinishedTasks(runKey)) {
      // In a fail-fast run a task may end by itself while it is being ended.
      if (run?.state === "running" && state.specs.get(run.versionId)?.failFast !== true) state.refusedRunEnds += 1;
      return [];
    }
    events.push(state.setRunState(run, to));
    return runKey;
  });
  const queued = queueTasks(state, limits, events);
  state.emit(events);
  return { applied, queued, finishedRuns };
}

function queueTasks(state: ModelState, limits: LimitOptions, events: ChangeEvent[]): readonly QueuedAttempt[] {
  const waiting = [...state.tasks.values()].filter((task) => task.state === "scheduled" && activeRun(state, task.run).length > 0);
  const queued: QueuedAttempt[] = [];
  for (const task of waiting.toSorted((a, b) => b.spec.priorityWeight - a.spec.priorityWeight || a.mapIndex - b.mapIndex)) {
    if (!fits(state, task, limits)) continue;
    task.tryNumber += 1;
    task.attemptId = brand<AttemptId>(state.nextId("attempt"));
    const row: ModelOutboxRow = { attemptId: task.attemptId, task, publishedAtMs: null };
    state.outbox.set(row.attemptId, row);
    events.push(state.setTaskState(task, "queued"));
    queued.push(queuedAttempt(row));
  }
  return queued;
}

/** All limits, one by one, as they are described to users. */
function fits(state: ModelState, { run, spec }: ModelTask, limits: LimitOptions): boolean {
  const active = [...state.tasks.values()].filter((other) => SLOT_HOLDING_STATES.includes(other.state));
  const slots = active.filter((other) => other.spec.pool === spec.pool).reduce((sum, other) => sum + other.spec.poolSlots, 0);
  const poolSize = state.pools.get(spec.pool) ?? 0;
  const ofDag = active.filter((other) => other.run.dagId === run.dagId);
  const ofRun = active.filter((other) => other.run === run);
  const isSame = (other: ModelTask): boolean => other.spec.taskId === spec.taskId;
  const maxActiveTasks = state.dags.get(run.dagId)?.spec.maxActiveTasks ?? 0;
  return (
    active.length < limits.parallelism &&
    (poolSize < 0 || slots + spec.poolSlots <= poolSize) &&
    (limits.maxActiveTasksOver === "dag" ? ofDag : ofRun).length < maxActiveTasks &&
    ofDag.filter(isSame).length < (spec.maxActivePerDag ?? Number.POSITIVE_INFINITY) &&
    ofRun.filter(isSame).length < (spec.maxActivePerRun ?? Number.POSITIVE_INFINITY)
  );
}

function identity(
  task: ModelTask,
): Pick<QueuedAttempt, "taskInstanceId" | "dagId" | "runId" | "taskId" | "mapIndex" | "tryNumber"> & { readonly runKey: DagRunKey } {
  const { taskInstanceId, run, spec, mapIndex, tryNumber } = task;
  return { taskInstanceId, runKey: run.runKey, dagId: run.dagId, runId: run.request.runId, taskId: spec.taskId, mapIndex, tryNumber };
}

function queuedAttempt({ attemptId, task }: ModelOutboxRow): QueuedAttempt {
  const { queue, priorityWeight } = task.spec;
  return { ...identity(task), attemptId, queue, priorityWeight, bundleHash: "model", isolation: "process" };
}

function lostTasks(state: ModelState): readonly ModelTask[] {
  return [...state.tasks.values()].filter(
    (task) => task.state === "running" && (task.sessionId === null || state.sessions.get(task.sessionId)?.isOpen !== true),
  );
}

function timeOutRuns(state: ModelState, now: Date): readonly DagRunKey[] {
  const events: ChangeEvent[] = [];
  const timedOut = [...state.runs.values()].filter((run) => {
    const timeoutMs = state.specs.get(run.versionId)?.runTimeoutMs;
    return (
      run.state === "running" && timeoutMs !== undefined && run.startDate !== null && run.startDate.getTime() + timeoutMs <= now.getTime()
    );
  });
  for (const run of timedOut) {
    for (const task of state.tasksOfRun.get(run.runKey) ?? []) {
      if (isFinishedTaskState(task.state)) continue;
      state.supersede(task);
      events.push(state.setTaskState(task, "skipped"));
    }
    events.push(state.setRunState(run, "failed"));
  }
  state.emit(events);
  return timedOut.map((run) => run.runKey);
}
