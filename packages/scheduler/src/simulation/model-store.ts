import {
  type AttemptId,
  brand,
  type ChangeEvent,
  type DagSpec,
  isFinishedRunState,
  isFinishedTaskState,
  type WorkerSessionId,
} from "@polyflow/contracts";
import { type AttemptEndDecision, decideAttemptEnd, decideSkippingEnd } from "@polyflow/lifecycle";
import type { Clock } from "@polyflow/service-kit";
import type { DagRunKey } from "@polyflow/contracts";
import type { NewRun, SchedulerStore } from "@polyflow/store";
import { recordModelAssetEvents } from "./model-assets.ts";
import type { ModelBackfill } from "./model-backfill.ts";
import { clearModelTasks } from "./model-clear.ts";
import { activeRun } from "./model-active-run.ts";
import { modelSchedulerStore } from "./model-scheduler-store.ts";
import type { ModelTask } from "./model-rows.ts";
import { ModelState } from "./model-state.ts";
import type { SchedulingStore } from "../scheduler-context.ts";

/** Of attempts that no worker has. */
const NO_SESSION = brand<WorkerSessionId>("no session");

type AttemptOutcome = Parameters<typeof decideAttemptEnd>[1];

/**
 * An honest store in memory: the scheduler's port with compare-and-set, terms, limits and an outbox, and beside it what workers and users
 * do to the same rows. For simulation; it keeps no promise of speed.
 */
export class ModelStore implements SchedulingStore {
  readonly state: ModelState;
  readonly scheduler: SchedulerStore;
  heartbeats = 0;

  constructor(clock: Clock) {
    this.state = new ModelState(clock);
    this.scheduler = modelSchedulerStore(this.state);
  }

  subscribe(listener: (event: ChangeEvent) => void): () => void {
    return this.state.subscribe(listener);
  }

  async recordHeartbeat(): Promise<void> {
    this.heartbeats += 1;
  }

  addDag(spec: DagSpec, options: { readonly isPaused?: boolean } = {}): void {
    this.state.addDag(spec, options.isPaused ?? false);
  }

  addUnreadableDag(spec: DagSpec): void {
    this.state.addDag(spec, false, false);
  }

  setPaused(dagId: string, isPaused: boolean): void {
    const dag = this.state.dags.get(dagId);
    if (dag !== undefined) dag.isPaused = isPaused;
    this.state.emit([{ kind: "dag", dagId }]);
  }

  trigger(dagId: string, runId: string, given: Partial<NewRun> = {}): DagRunKey | undefined {
    const runAfter = new Date(this.state.clock.now());
    const none = { logicalDate: null, dataIntervalStart: null, dataIntervalEnd: null, conf: {}, note: null, triggeringUser: null };
    return this.state.createRun({ ...none, dagId, runId, runType: "manual", runAfter, triggeredBy: "rest_api", ...given });
  }

  registerWorker(name: string): WorkerSessionId {
    const sessionId = brand<WorkerSessionId>(this.state.nextId("session"));
    this.state.sessions.set(sessionId, { name, counter: 0, isOpen: true, hasLeft: false });
    return sessionId;
  }

  /** False: the session is closed. What was claimed before the heartbeat before this one, and is not named, is lost. */
  heartbeat(sessionId: WorkerSessionId, attemptIds: ReadonlySet<AttemptId>): boolean {
    const session = this.state.sessions.get(sessionId);
    if (session?.isOpen !== true) return false;
    session.counter += 1;
    const unknown = this.state.runningAt(sessionId).filter(({ attemptId, startedAtBeat }) => {
      return attemptId !== null && !attemptIds.has(attemptId) && startedAtBeat < session.counter - 1;
    });
    for (const task of unknown) task.sessionId = NO_SESSION;
    this.state.count("claimed, and no worker knows of it", unknown.length);
    if (unknown.length > 0) this.state.emit([{ kind: "resync" }]);
    return true;
  }

  /** A worker stops in order. */
  leave(sessionId: WorkerSessionId): void {
    const session = this.state.sessions.get(sessionId);
    if (session?.isOpen !== true) return;
    session.isOpen = false;
    session.hasLeft = true;
    this.state.emit([{ kind: "resync" }]);
  }

  /** queued → running; undefined when it is not to be had. */
  claim(attemptId: AttemptId, sessionId: WorkerSessionId): ModelTask | undefined {
    const task = this.state.claimable(attemptId);
    if (task === undefined || this.state.sessions.get(sessionId)?.isOpen !== true) return undefined;
    this.state.outbox.delete(attemptId);
    this.state.beginAttempt(task, sessionId);
    this.state.emit([this.state.setTaskState(task, "running")]);
    return task;
  }

  /** An attempt that was claimed for this session; undefined when it does not run there any more. */
  claimed(attemptId: AttemptId, sessionId: WorkerSessionId): ModelTask | undefined {
    const task = this.state.taskOf(attemptId);
    return task?.sessionId === sessionId && this.state.sessions.get(sessionId)?.isOpen === true ? task : undefined;
  }

  /** running → what the outcome makes of it. False: the attempt is no longer current. */
  finish(attemptId: AttemptId, outcome: AttemptOutcome): boolean {
    const { state } = this;
    const task = state.taskOf(attemptId);
    const spec = task === undefined ? undefined : state.specs.get(task.run.versionId);
    if (task === undefined || spec === undefined) return false;
    const now = new Date(state.clock.now());
    const end = endOf(task, spec, { outcome, now });
    state.supersede(task);
    task.isInWait = false;
    task.skips = end.to === "success" ? (end.skips ?? null) : null;
    task.output = end.to === "success" ? end.output : undefined;
    if (end.to === "up_for_retry") task.nextRetryAt = end.nextRetryAt;
    if (end.to === "deferred" || end.to === "up_for_reschedule") {
      task.isInWait = true;
      task.looks += 1;
      task.nextRetryAt = end.wakeAt;
      if (end.to === "deferred") task.waitId = state.nextId("wait");
    }
    if (task.skips !== null) state.count("skipped what follows");
    state.emit([state.setTaskState(task, end.to)]);
    if (end.to === "success") recordModelAssetEvents(state, task);
    return true;
  }

  /** deferred → scheduled: its trigger has fired. While its DAG is paused it stays as it is, and due. */
  fire(task: ModelTask, waitId: string | null): boolean {
    const { state } = this;
    if (waitId === null || task.waitId !== waitId || task.state !== "deferred") return false;
    task.waitId = null;
    if (activeRun(state, task.run).length === 0) {
      task.nextRetryAt = new Date(state.clock.now());
      return true;
    }
    task.nextRetryAt = null;
    state.count("trigger fired");
    state.emit([state.setTaskState(task, "scheduled")]);
    return true;
  }

  /** A user clears the finished tasks of a finished run. */
  clear(runKey: DagRunKey, taskIds: readonly string[]): void {
    const run = this.state.runs.get(runKey);
    if (run === undefined || !isFinishedRunState(run.state)) return;
    this.state.count("cleared");
    this.state.emit(clearModelTasks(this.state, run, taskIds));
  }

  /** A user says how an unfinished task ends; what its process reports counts no more. */
  mark(task: ModelTask, to: "success" | "failed"): void {
    if (isFinishedTaskState(task.state) || task.run.state !== "running") return;
    this.state.supersede(task);
    this.state.endTry(task);
    task.mark = to;
    this.state.count(task.state === "running" ? "marked while running" : "marked");
    this.state.emit([this.state.setTaskState(task, to, "user")]);
  }

  addBackfill(backfill: Omit<ModelBackfill, "backfillId" | "settled" | "isCompleted">): void {
    const { backfills } = this.state;
    const backfillId = backfills.length;
    backfills.push({ ...backfill, backfillId, settled: new Map(), isCompleted: false });
    this.state.emit([{ kind: "backfill", dagId: backfill.dagId, backfillId }]);
  }
}

interface Report {
  readonly outcome: AttemptOutcome;
  readonly now: Date;
}

function endOf(task: ModelTask, spec: DagSpec, { outcome, now }: Report): AttemptEndDecision {
  const { run, mapIndex, tryNumber, maxTries, tryStartedAtMs } = task;
  const { dagId, request } = run;
  const { taskId } = task.spec;
  const tryStartedAt = new Date(tryStartedAtMs ?? now);
  const facts = { dagId, runId: request.runId, taskId, mapIndex, tryNumber, maxTries, tryStartedAt, spec };
  return outcome.kind === "success" && outcome.skips !== undefined
    ? decideSkippingEnd({ ...facts, ...request }, { ...outcome, skips: outcome.skips }, now)
    : decideAttemptEnd(facts, outcome, now);
}
