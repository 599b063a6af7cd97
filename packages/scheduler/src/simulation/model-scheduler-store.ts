import { type DagRunKey, isFinishedTaskState, type ChangeEvent } from "@polyflow/contracts";
import { SLOT_HOLDING_STATES } from "@polyflow/lifecycle";
import type { ActiveRun, DueDag, LimitOptions, QueuedAttempt, SchedulerStore, TaskTransition } from "@polyflow/store";
import { modelAssetMethods } from "./model-assets.ts";
import { activeRun } from "./model-active-run.ts";
import { modelBackfillMethods } from "./model-backfills.ts";
import { expandModelTasks, modelMapLengths, modelTaskFacts } from "./model-mapping.ts";
import type { ModelOutboxRow, ModelRun, ModelTask } from "./model-rows.ts";
import type { ModelState } from "./model-state.ts";
import { advanceTimetables } from "./model-timetables.ts";
import { missDeadlines, pauseIfFailing } from "./model-watch.ts";

/** The scheduler's side of the model: each method is one atomic transaction over the rows, fenced by the leader's term. */
export function modelSchedulerStore(state: ModelState): SchedulerStore {
  return {
    ...leaseMethods(state),
    ...runMethods(state),
    ...readMethods(state),
    ...writeMethods(state),
    ...workerMethods(state),
    ...modelBackfillMethods(state),
    ...modelAssetMethods(state),
    async pauseFailingDags(term, dagIds) {
      state.requireTerm(term);
      return dagIds.filter((dagId) => pauseIfFailing(state, dagId));
    },
    async missDeadlines(term, now, limit) {
      state.requireTerm(term);
      return missDeadlines(state, now).slice(0, limit);
    },
  };
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

function runMethods(state: ModelState): Pick<SchedulerStore, "listDueDags" | "nextDueAt" | "advanceTimetables" | "startQueuedRuns"> {
  return {
    async listDueDags(now, limit) {
      return dueDags(state, now).slice(0, limit);
    },
    async nextDueAt(exceptDags = []) {
      return nextDueAt(state, exceptDags);
    },
    async advanceTimetables(term, steps) {
      state.requireTerm(term);
      return advanceTimetables(state, steps);
    },
    async startQueuedRuns(term, limit) {
      state.requireTerm(term);
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
  | "getSpecs"
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
    async getSpecs(versionIds) {
      return new Map(
        versionIds.flatMap((versionId) => {
          const spec = state.specs.get(versionId);
          return spec === undefined ? [] : [[versionId, spec] as const];
        }),
      );
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
      state.requireTerm(term);
      return applySchedule(state, decisions, limits);
    },
    async wakeDueRetries(term, now, limit) {
      state.requireTerm(term);
      const due = [...state.tasks.values()]
        .filter((task) => task.nextRetryAt !== null && task.nextRetryAt <= now && activeRun(state, task.run).length > 0)
        .slice(0, limit);
      for (const task of due) {
        state.count(`woken from ${task.state}`);
        state.supersede(task);
      }
      state.emit(due.map((task) => state.setTaskState(task, "scheduled")));
      return due.length;
    },
    async timeOutRuns(term, now) {
      state.requireTerm(term);
      return timeOutRuns(state, now);
    },
    async resolveLostAttempt(term, lost, to) {
      state.requireTerm(term);
      const task = lostTasks(state).find((candidate) => candidate.attemptId === lost.attemptId);
      if (task === undefined) return false;
      state.supersede(task);
      state.endTry(task);
      task.losses += state.lossBy(lost.workerHasLeft);
      if (to === "scheduled") {
        task.maxTries += 1;
        task.madeGood += 1;
        if (!lost.workerHasLeft) task.madeGoodLosses += 1;
      }
      state.count(
        lost.workerHasLeft ? "made good what a leaving worker had" : to === "scheduled" ? "made good a loss" : "gave up a lost task",
      );
      state.emit([state.setTaskState(task, to)]);
      return true;
    },
  };
}

function workerMethods(
  state: ModelState,
): Pick<
  SchedulerStore,
  "listUnclaimedAttempts" | "listClaimedAttempts" | "markPublished" | "listWorkerSessions" | "closeWorkerSession" | "listLostAttempts"
> {
  return {
    async listUnclaimedAttempts(republishAfterMs, limit) {
      const publishedBefore = state.clock.now() - republishAfterMs;
      return [...state.outbox.values()]
        .filter((row) => row.publishedAtMs === null || row.publishedAtMs <= publishedBefore)
        .slice(0, limit)
        .map(queuedAttempt);
    },
    async listClaimedAttempts(sessionId) {
      if (state.sessions.get(sessionId)?.isOpen !== true) return [];
      return state.runningAt(sessionId).flatMap((task) => {
        if (task.attemptId === null) return [];
        return { ...queuedAttempt({ attemptId: task.attemptId, task, publishedAtMs: null }), isClaimed: true };
      });
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

function dueDags(state: ModelState, now: Date): readonly DueDag[] {
  return [...state.dags.values()].flatMap((dag): readonly DueDag[] => {
    const { dagId, versionId, spec, nextRun } = dag;
    if (dag.isPaused || spec.schedule.kind === "none" || spec.schedule.kind === "asset") return [];
    if (nextRun === null ? dag.wasAsked : nextRun.runAfter > now) return [];
    const runs = state.runsOf(dagId);
    const unfinishedRuns = state.unfinishedRuns(dagId);
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

function nextDueAt(state: ModelState, exceptDags: readonly string[]): Date | undefined {
  const tasks = [...state.tasks.values()].filter((task) => activeRun(state, task.run).length > 0).map((task) => task.nextRetryAt);
  const deadlines = state.deadlines.filter((deadline) => deadline.notices === 0).map((deadline) => new Date(deadline.dueAtMs));
  const timeouts = [...state.runs.values()].map((run) => timeoutOf(state, run));
  const plans = [...state.dags.values()]
    .filter((dag) => !dag.isPaused && !exceptDags.includes(dag.dagId) && state.unfinishedRuns(dag.dagId) < dag.spec.maxActiveRuns)
    .map((dag) => dag.nextRun?.runAfter ?? null);
  const times = [...tasks, ...deadlines, ...timeouts, ...plans].flatMap((at) => (at === null ? [] : at.getTime()));
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}

/** When the time of a running run is up. */
function timeoutOf(state: ModelState, { state: runState, versionId, startDate }: ModelRun): Date | null {
  const timeoutMs = state.specs.get(versionId)?.runTimeoutMs;
  return runState !== "running" || timeoutMs === undefined || startDate === null ? null : new Date(startDate.getTime() + timeoutMs);
}

function startQueuedRuns(state: ModelState, limit: number): readonly ActiveRun[] {
  const started: ModelRun[] = [];
  const events: ChangeEvent[] = [];
  for (const run of [...state.runs.values()].toSorted((a, b) => Number(a.request.runAfter) - Number(b.request.runAfter))) {
    const dag = state.dags.get(run.dagId);
    if (run.state !== "queued" || dag === undefined || dag.isPaused || started.length >= limit) continue;
    if (!state.mayStart(run)) continue;
    run.startDate = new Date(state.clock.now());
    events.push(state.setRunState(run, "running"));
    started.push(run);
  }
  state.emit(events);
  return started.flatMap((run) => activeRun(state, run));
}

function applySchedule(
  state: ModelState,
  { tasks, expansions = [], runs }: Parameters<SchedulerStore["applySchedule"]>[1],
  limits: LimitOptions,
): Awaited<ReturnType<SchedulerStore["applySchedule"]>> {
  const events: ChangeEvent[] = [];
  const overtaken = new Set(
    tasks.filter(isEndWithoutAttempt).flatMap(({ taskInstanceId, from }) => {
      const task = state.tasks.get(taskInstanceId);
      return task === undefined || state.isStill(task, from) ? [] : task.run.runKey;
    }),
  );
  const applied = tasks.flatMap((decision) => {
    const { taskInstanceId, from, to } = decision;
    const task = state.tasks.get(taskInstanceId);
    if (task === undefined || !state.isStill(task, from)) return [];
    if (isEndWithoutAttempt(decision) && overtaken.has(task.run.runKey)) return [];
    state.supersede(task);
    state.endTry(task);
    events.push(state.setTaskState(task, to));
    return taskInstanceId;
  });
  for (const expansion of expansions) expandModelTasks(state, expansion, events);
  const finishedRuns = runs.flatMap(({ runKey, to }) => {
    const run = state.runs.get(runKey);
    const isAsDecided = tasks.every(({ taskInstanceId, to: end }) => {
      const task = state.tasks.get(taskInstanceId);
      return end === "scheduled" || task === undefined || task.run !== run || task.state === end;
    });
    if (run === undefined || run.state !== "running" || state.hasUnfinishedTasks(runKey) || !isAsDecided) {
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

/** Such ends may rest on one another, so that those of a run take effect together or not at all. */
function isEndWithoutAttempt({ from, to }: TaskTransition): boolean {
  return to !== "scheduled" && !SLOT_HOLDING_STATES.includes(from);
}

function queueTasks(state: ModelState, limits: LimitOptions, events: ChangeEvent[]): readonly QueuedAttempt[] {
  const waiting = [...state.tasks.values()].filter((task) => task.state === "scheduled" && activeRun(state, task.run).length > 0);
  if (waiting.length === 0) return [];
  const active = state.holders();
  const worker = limits.claimFor;
  let slots = worker !== undefined && state.sessions.get(worker.sessionId)?.isOpen === true ? worker.slots : 0;
  const queued: QueuedAttempt[] = [];
  for (const task of waiting.toSorted((a, b) => b.spec.priorityWeight - a.spec.priorityWeight || a.mapIndex - b.mapIndex)) {
    if (!state.fits(task, active, limits)) continue;
    active.push(task);
    const row: ModelOutboxRow = { attemptId: state.newAttempt(task), task, publishedAtMs: null };
    if (worker !== undefined && slots > 0) {
      slots -= 1;
      state.beginAttempt(task, worker.sessionId);
      state.count("claimed when queued");
      // Two steps in one transaction; others hear of the second.
      state.setTaskState(task, "queued");
      events.push(state.setTaskState(task, "running"));
      queued.push({ ...queuedAttempt(row), isClaimed: true });
      continue;
    }
    state.outbox.set(row.attemptId, row);
    events.push(state.setTaskState(task, "queued"));
    queued.push(queuedAttempt(row));
  }
  return queued;
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
  const timedOut = [...state.runs.values()].filter((run) => Number(timeoutOf(state, run) ?? Number.POSITIVE_INFINITY) <= now.getTime());
  for (const run of timedOut) {
    for (const task of state.tasksOfRun.get(run.runKey) ?? []) {
      if (isFinishedTaskState(task.state)) continue;
      state.supersede(task);
      events.push(state.setTaskState(task, "skipped"));
    }
    events.push(state.setRunState(run, "failed"));
  }
  state.emit(events);
  state.count("run timed out", timedOut.length);
  return timedOut.map((run) => run.runKey);
}
