import {
  type AttemptId,
  brand,
  type ChangeEvent,
  type DagRunKey,
  type DagRunState,
  type DagSpec,
  type DagVersionId,
  isFinishedTaskState,
  type JsonValue,
  type TaskInstanceId,
  type TaskInstanceState,
  type TaskSpec,
  UNMAPPED,
  type WorkerSessionId,
} from "@polyflow/contracts";
import { isLegalRunStep, isLegalTaskStep } from "@polyflow/lifecycle";
import type { Clock } from "@polyflow/service-kit";
import type { LeaderTerm, NewRun, NextRun, PastFacts, PastFactsRequest } from "@polyflow/store";

export interface ModelDag {
  readonly dagId: string;
  readonly versionId: DagVersionId;
  readonly spec: DagSpec;
  isPaused: boolean;
  nextRun: NextRun | null;
  wasAsked: boolean;
}

export interface ModelRun {
  readonly runKey: DagRunKey;
  readonly dagId: string;
  readonly versionId: DagVersionId;
  readonly request: NewRun;
  state: DagRunState;
  startDate: Date | null;
}

export interface ModelTask {
  readonly taskInstanceId: TaskInstanceId;
  readonly run: ModelRun;
  readonly spec: TaskSpec;
  /** −1 until a mapped task gets its instances. */
  mapIndex: number;
  output: JsonValue | undefined;
  /** An attempt was claimed since the task was last cleared. */
  hasRun: boolean;
  /** How often it was cleared. */
  clears: number;
  state: TaskInstanceState;
  tryNumber: number;
  maxTries: number;
  losses: number;
  attemptId: AttemptId | null;
  sessionId: WorkerSessionId | null;
  nextRetryAt: Date | null;
  skips: readonly string[] | null;
}

export interface ModelOutboxRow {
  readonly attemptId: AttemptId;
  readonly task: ModelTask;
  publishedAtMs: number | null;
}

/** The rows of the metadata database as far as scheduling goes, in memory, with the checks that keep them lawful. */
export class ModelState {
  readonly clock: Clock;
  readonly dags = new Map<string, ModelDag>();
  readonly specs = new Map<DagVersionId, DagSpec>();
  readonly runs = new Map<DagRunKey, ModelRun>();
  readonly tasks = new Map<TaskInstanceId, ModelTask>();
  readonly tasksOfRun = new Map<DagRunKey, ModelTask[]>();
  readonly outbox = new Map<AttemptId, ModelOutboxRow>();
  readonly sessions = new Map<WorkerSessionId, { readonly name: string; counter: number; isOpen: boolean; hasLeft: boolean }>();
  readonly pools = new Map<string, number>([["default_pool", 128]]);
  /** What ought never to happen and did. */
  readonly violations: string[] = [];
  /** Run ends that came too early and were refused: harmless, but a sign of careless decisions where nothing else goes on. */
  refusedRunEnds = 0;
  readonly #listeners = new Set<(event: ChangeEvent) => void>();
  #lease: { term: LeaderTerm; untilMs: number } | undefined;
  #terms = 0;
  #ids = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  nextId(kind: string): string {
    this.#ids += 1;
    return `${kind}-${String(this.#ids).padStart(6, "0")}`;
  }

  /** An id that no task instance has. */
  noTask(): TaskInstanceId {
    return brand<TaskInstanceId>(this.nextId("nobody"));
  }

  subscribe(listener: (event: ChangeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(events: readonly ChangeEvent[]): void {
    for (const event of events) for (const listener of this.#listeners) listener(event);
  }

  /** A lease that has run out may be taken by anybody; each time in office has a term of its own. */
  acquireLease(name: string, holder: string, ttlMs: number): LeaderTerm | undefined {
    if (this.#lease !== undefined && this.#lease.untilMs > this.clock.now()) return undefined;
    this.#terms += 1;
    const term = { name, holder, term: this.#terms };
    this.#lease = { term, untilMs: this.clock.now() + ttlMs };
    return term;
  }

  renewLease(term: LeaderTerm, ttlMs: number): boolean {
    if (!this.isCurrent(term) || this.#lease === undefined) return false;
    this.#lease.untilMs = this.clock.now() + ttlMs;
    return true;
  }

  releaseLease(term: LeaderTerm): void {
    if (this.#lease?.term.term === term.term) this.#lease = undefined;
  }

  isCurrent(term: LeaderTerm): boolean {
    return this.#lease !== undefined && this.#lease.term.term === term.term && this.#lease.untilMs > this.clock.now();
  }

  setTaskState(task: ModelTask, to: TaskInstanceState): ChangeEvent {
    if (!isLegalTaskStep(task.state, to)) this.violations.push(`I5: ${task.taskInstanceId} went from ${task.state} to ${to}`);
    task.state = to;
    const { run, spec, taskInstanceId, tryNumber, mapIndex } = task;
    const { runId } = run.request;
    return {
      kind: "task_instance",
      dagId: run.dagId,
      runId,
      runKey: run.runKey,
      taskInstanceId,
      taskId: spec.taskId,
      mapIndex,
      tryNumber,
      state: to,
    };
  }

  setRunState(run: ModelRun, to: DagRunState): ChangeEvent {
    if (!isLegalRunStep(run.state, to)) this.violations.push(`I5: run ${run.runKey} went from ${run.state} to ${to}`);
    run.state = to;
    return { kind: "run", dagId: run.dagId, runId: run.request.runId, runKey: run.runKey, state: to };
  }

  /** The current attempt is current no more: nothing that its process reports counts. */
  supersede(task: ModelTask): void {
    if (task.attemptId !== null) this.outbox.delete(task.attemptId);
    task.attemptId = null;
    task.sessionId = null;
    task.nextRetryAt = null;
  }

  addDag(spec: DagSpec, isPaused: boolean): void {
    const versionId = brand<DagVersionId>(this.nextId("version"));
    this.specs.set(versionId, spec);
    this.dags.set(spec.dagId, { dagId: spec.dagId, versionId, spec, isPaused, nextRun: null, wasAsked: false });
    this.emit([{ kind: "dag", dagId: spec.dagId }]);
  }

  /** Undefined when (DAG, run id) or (DAG, logical date) is taken. */
  createRun(request: NewRun): DagRunKey | undefined {
    const dag = this.dags.get(request.dagId);
    if (dag === undefined) return undefined;
    const logicalMs = request.logicalDate?.getTime();
    for (const run of this.runs.values()) {
      if (run.dagId !== request.dagId) continue;
      if (run.request.runId === request.runId || (logicalMs !== undefined && run.request.logicalDate?.getTime() === logicalMs))
        return undefined;
    }
    const runKey = brand<DagRunKey>(this.nextId("run"));
    const run: ModelRun = { runKey, dagId: dag.dagId, versionId: dag.versionId, request, state: "queued", startDate: null };
    this.runs.set(runKey, run);
    const tasks: ModelTask[] = [];
    this.tasksOfRun.set(runKey, tasks);
    for (const spec of dag.spec.tasks) this.addTask(run, spec, UNMAPPED);
    this.emit([{ kind: "run", dagId: run.dagId, runId: request.runId, runKey, state: "queued" }]);
    return runKey;
  }

  addTask(run: ModelRun, spec: TaskSpec, mapIndex: number, state: TaskInstanceState = "none"): ModelTask {
    const task: ModelTask = {
      taskInstanceId: brand<TaskInstanceId>(this.nextId("task")),
      run,
      spec,
      mapIndex,
      output: undefined,
      hasRun: false,
      clears: 0,
      state,
      tryNumber: 0,
      maxTries: spec.retries,
      losses: 0,
      attemptId: null,
      sessionId: null,
      nextRetryAt: null,
      skips: null,
    };
    this.tasks.set(task.taskInstanceId, task);
    this.tasksOfRun.get(run.runKey)?.push(task);
    return task;
  }

  /** What became of a task in the run with the next earlier logical date. */
  pastOf({ runKey, skipsManualRuns, since }: Omit<PastFactsRequest, "taskIds">, taskId: string): PastFacts | undefined {
    const run = this.runs.get(runKey);
    const logicalDate = run?.request.logicalDate ?? null;
    if (run === undefined || logicalDate === null) return undefined;
    const earlier = [...this.runs.values()]
      .filter(({ dagId, request }) => dagId === run.dagId && request.logicalDate !== null && request.logicalDate < logicalDate)
      .toSorted((a, b) => Number(b.request.logicalDate) - Number(a.request.logicalDate));
    const previous = earlier.find(({ request }) => !(skipsManualRuns && request.runType === "manual"));
    if (previous === undefined || (since !== null && Number(previous.request.logicalDate) < since.getTime())) return undefined;
    const instancesIn = (other: ModelRun): readonly ModelTask[] =>
      (this.tasksOfRun.get(other.runKey) ?? []).filter((task) => task.spec.taskId === taskId);
    const states = instancesIn(previous).map((task) => task.state);
    const hadInstances = earlier.some((other) => instancesIn(other).length > 0);
    return { runKey, taskId, previousRunKey: previous.runKey, states, hadInstances };
  }

  hasUnfinishedTasks(runKey: DagRunKey): boolean {
    return (this.tasksOfRun.get(runKey) ?? []).some((task) => !isFinishedTaskState(task.state));
  }
}
