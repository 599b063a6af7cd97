import {
  type AttemptId,
  brand,
  type ChangeEvent,
  type DagSpec,
  isFinishedRunState,
  isFinishedTaskState,
  type WorkerSessionId,
} from "@polyflow/contracts";
import { decideAttemptEnd, decideSkippingEnd } from "@polyflow/lifecycle";
import type { Clock } from "@polyflow/service-kit";
import type { DagRunKey } from "@polyflow/contracts";
import type { SchedulerStore } from "@polyflow/store";
import { modelSchedulerStore } from "./model-scheduler-store.ts";
import { ModelState, type ModelTask } from "./model-state.ts";
import type { SchedulingStore } from "../scheduler-context.ts";

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

  setPaused(dagId: string, isPaused: boolean): void {
    const dag = this.state.dags.get(dagId);
    if (dag !== undefined) dag.isPaused = isPaused;
    this.state.emit([{ kind: "dag", dagId }]);
  }

  trigger(dagId: string, runId: string): DagRunKey | undefined {
    const runAfter = new Date(this.state.clock.now());
    const none = { logicalDate: null, dataIntervalStart: null, dataIntervalEnd: null, conf: {}, note: null, triggeringUser: null };
    return this.state.createRun({ ...none, dagId, runId, runType: "manual", runAfter, triggeredBy: "rest_api" });
  }

  registerWorker(name: string): WorkerSessionId {
    const sessionId = brand<WorkerSessionId>(this.state.nextId("session"));
    this.state.sessions.set(sessionId, { name, counter: 0, isOpen: true, hasLeft: false });
    return sessionId;
  }

  /** False: the session is closed. */
  heartbeat(sessionId: WorkerSessionId): boolean {
    const session = this.state.sessions.get(sessionId);
    if (session?.isOpen !== true) return false;
    session.counter += 1;
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
    const row = this.state.outbox.get(attemptId);
    if (row === undefined || row.task.attemptId !== attemptId || row.task.state !== "queued") return undefined;
    if (this.state.sessions.get(sessionId)?.isOpen !== true) return undefined;
    this.state.outbox.delete(attemptId);
    row.task.sessionId = sessionId;
    row.task.hasRun = true;
    this.state.emit([this.state.setTaskState(row.task, "running")]);
    return row.task;
  }

  /** running → what the outcome makes of it. False: the attempt is no longer current. */
  finish(attemptId: AttemptId, outcome: AttemptOutcome): boolean {
    const task = [...this.state.tasks.values()].find((candidate) => candidate.attemptId === attemptId);
    const spec = task === undefined ? undefined : this.state.specs.get(task.run.versionId);
    if (task === undefined || spec === undefined || task.state !== "running") return false;
    const { dagId, request } = task.run;
    const facts = {
      dagId,
      runId: request.runId,
      taskId: task.spec.taskId,
      mapIndex: task.mapIndex,
      tryNumber: task.tryNumber,
      maxTries: task.maxTries,
      tryStartedAt: new Date(this.state.clock.now()),
      spec,
    };
    const now = new Date(this.state.clock.now());
    const end =
      outcome.kind === "success" && outcome.skips !== undefined
        ? decideSkippingEnd({ ...facts, ...request }, { ...outcome, skips: outcome.skips }, now)
        : decideAttemptEnd(facts, outcome, now);
    this.state.supersede(task);
    task.skips = end.to === "success" ? (end.skips ?? null) : null;
    task.output = end.to === "success" ? end.output : undefined;
    if (end.to === "up_for_retry") task.nextRetryAt = end.nextRetryAt;
    this.state.emit([this.state.setTaskState(task, end.to)]);
    return true;
  }

  /** A user clears the finished tasks of a finished run. */
  clear(runKey: DagRunKey, taskIds: readonly string[]): void {
    const run = this.state.runs.get(runKey);
    if (run === undefined || !isFinishedRunState(run.state)) return;
    const events: ChangeEvent[] = [];
    for (const task of this.state.tasksOfRun.get(runKey) ?? []) {
      if (!taskIds.includes(task.spec.taskId) || !isFinishedTaskState(task.state) || task.state === "removed") continue;
      task.maxTries = task.tryNumber + task.spec.retries;
      task.skips = null;
      task.output = undefined;
      task.hasRun = false;
      task.clears += 1;
      events.push(this.state.setTaskState(task, "none"));
    }
    events.push(this.state.setRunState(run, "queued"));
    this.state.emit(events);
  }
}
