import {
  type AttemptId,
  brand,
  type ChangeEvent,
  type DagRunKey,
  type DagRunState,
  type DagSpec,
  type DagVersionId,
  isFinishedRunState,
  isFinishedTaskState,
  PolyflowError,
  type TaskInstanceId,
  type TaskInstanceState,
  type TaskSpec,
  UNMAPPED,
  type WorkerSessionId,
} from "@polyflow/contracts";
import { RUN_TRANSITIONS, SLOT_HOLDING_STATES, TASK_TRANSITIONS } from "@polyflow/lifecycle";
import type { Clock } from "@polyflow/service-kit";
import type { LeaderTerm, LimitOptions, NewRun, PastFacts, PastFactsRequest } from "@polyflow/store";
import type { ModelAssetEvent } from "./model-asset-event.ts";
import type { ModelBackfill } from "./model-backfill.ts";
import type { ModelDag, ModelDeadline, ModelOutboxRow, ModelPool, ModelRun, ModelTask } from "./model-rows.ts";

/** A user may correct results; to everybody else those steps are closed. */
const LEGAL_TASK_STEPS = legalSteps(TASK_TRANSITIONS);
const LEGAL_RUN_STEPS = legalSteps(RUN_TRANSITIONS);

function legalSteps(rules: readonly { readonly from: string; readonly to: string; readonly who: string }[]) {
  const stepsOf = (isUser: boolean): ReadonlySet<string> =>
    new Set(rules.filter((rule) => (rule.who === "user") === isUser).map((rule) => `${rule.from} ${rule.to}`));
  return { user: stepsOf(true), system: stepsOf(false) };
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
  readonly pools = new Map<string, ModelPool>([["default_pool", { slots: 128, includeDeferred: false }]]);
  readonly attempts = new Map<AttemptId, ModelTask>();
  readonly runsOfDag = new Map<string, ModelRun[]>();
  readonly deadlines: ModelDeadline[] = [];
  readonly assetEvents: ModelAssetEvent[] = [];
  readonly backfills: ModelBackfill[] = [];
  /** How often what went on: shows that a simulation exercises what it claims to. */
  readonly seen = new Map<string, number>();
  /** How wrong clocks of schedulers may be. */
  mostSkewMs = 0;
  /** What ought never to happen and did. */
  readonly violations: string[] = [];
  /** Run ends that came too early and were refused: harmless, but a sign of careless decisions where nothing else goes on. */
  refusedRunEnds = 0;
  readonly #listeners = new Set<(event: ChangeEvent) => void>();
  /** DAGs that somebody else's transaction holds. */
  readonly held = new Set<string>();
  /** DAGs of which nothing can be written. */
  readonly unwritable = new Set<string>();
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

  count(what: string, times = 1): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + times);
  }

  /** @throws PolyflowError `leadership_lost` */
  requireTerm(term: LeaderTerm): void {
    if (this.isCurrent(term)) return;
    this.count("refused a write of a term that is over");
    throw new PolyflowError("leadership_lost", `Term ${term.term} of "${term.name}" is over.`);
  }

  /** The compare of compare-and-set. */
  isStill(task: ModelTask, state: TaskInstanceState): boolean {
    if (task.state !== state) this.count("a decision was overtaken");
    return task.state === state;
  }

  lossBy(workerHasLeft: boolean): number {
    return workerHasLeft ? 0 : 1;
  }

  noteMissed(deadline: ModelDeadline): void {
    deadline.notices += 1;
  }

  /** Whether `maxActiveRuns` of its DAG, and of its backfill for that one's, has room. */
  mayStart(run: ModelRun): boolean {
    const dag = this.dags.get(run.dagId);
    const running = this.runsOf(run.dagId).filter((other) => other.state === "running" && other.backfillId === run.backfillId);
    const most = run.backfillId === null ? dag?.spec.maxActiveRuns : this.backfills[run.backfillId]?.maxActiveRuns;
    return running.length < (most ?? 0);
  }

  setTaskState(task: ModelTask, to: TaskInstanceState, who: "user" | "system" = "system"): ChangeEvent {
    if (!LEGAL_TASK_STEPS[who].has(`${task.state} ${to}`))
      this.violations.push(`I5: ${task.taskInstanceId} went from ${task.state} to ${to}`);
    task.state = to;
    this.count(`task ${to}`);
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

  setRunState(run: ModelRun, to: DagRunState, who: "user" | "system" = "system"): ChangeEvent {
    if (!LEGAL_RUN_STEPS[who].has(`${run.state} ${to}`)) this.violations.push(`I5: run ${run.runKey} went from ${run.state} to ${to}`);
    run.state = to;
    if (isFinishedRunState(to)) run.endDate = new Date(this.clock.now());
    return { kind: "run", dagId: run.dagId, runId: run.request.runId, runKey: run.runKey, state: to };
  }

  /** The current attempt is current no more: nothing that its process reports counts. */
  supersede(task: ModelTask): void {
    if (task.attemptId !== null) this.outbox.delete(task.attemptId);
    task.attemptId = null;
    task.sessionId = null;
    task.nextRetryAt = null;
    task.waitId = null;
  }

  /** The next attempt is a new try. */
  endTry(task: ModelTask): void {
    task.isInWait = false;
    task.looks = 0;
    task.tryStartedAtMs = null;
  }

  /** A new attempt; after a wait it goes on with the same try. */
  newAttempt(task: ModelTask): AttemptId {
    if (!task.isInWait) {
      task.tryNumber = this.tryAfter(task);
      this.endTry(task);
    }
    task.issued.push(task.tryNumber);
    task.attemptId = brand<AttemptId>(this.nextId("attempt"));
    this.attempts.set(task.attemptId, task);
    return task.attemptId;
  }

  beginAttempt(task: ModelTask, sessionId: WorkerSessionId): void {
    task.sessionId = sessionId;
    task.hasRun = true;
    task.tryStartedAtMs ??= this.clock.now();
    task.startedAtBeat = this.sessions.get(sessionId)?.counter ?? 0;
  }

  runningAt(sessionId: WorkerSessionId): readonly ModelTask[] {
    return [...this.tasks.values()].filter((task) => task.state === "running" && task.sessionId === sessionId);
  }

  tryAfter(task: ModelTask): number {
    return task.tryNumber + 1;
  }

  /** The task whose current attempt it is. */
  taskOf(attemptId: AttemptId): ModelTask | undefined {
    const task = this.attempts.get(attemptId);
    return task?.attemptId === attemptId && task.state === "running" ? task : undefined;
  }

  /** The task whose queued attempt it is. */
  claimable(attemptId: AttemptId): ModelTask | undefined {
    const task = this.outbox.get(attemptId)?.task;
    return task?.attemptId === attemptId && task.state === "queued" ? task : undefined;
  }

  /** A new version of the DAG, which its later runs are made of. An undefined spec cannot be read. */
  addDag(spec: DagSpec, isPaused: boolean, isReadable = true): void {
    const versionId = brand<DagVersionId>(this.nextId("version"));
    if (isReadable) this.specs.set(versionId, spec);
    this.dags.set(spec.dagId, { dagId: spec.dagId, versionId, spec, isPaused, nextRun: null, wasAsked: false });
    this.emit([{ kind: "dag", dagId: spec.dagId }]);
  }

  /** Undefined when (DAG, run id) or (DAG, logical date) is taken. */
  createRun(request: NewRun, backfillId: number | null = null): DagRunKey | undefined {
    const dag = this.dags.get(request.dagId);
    if (dag === undefined) return undefined;
    if (this.isTaken(request)) return undefined;
    if (request.runAfter.getTime() > this.clock.now() + this.mostSkewMs)
      this.violations.push(`I3: ${request.runId} of ${request.dagId} was made too early`);
    const runKey = brand<DagRunKey>(this.nextId("run"));
    const { dagId, versionId } = dag;
    const rest = { state: "queued", startDate: null, endDate: null, backfillId } as const;
    const run: ModelRun = { runKey, dagId, versionId, bornVersionId: versionId, request, ...rest };
    this.runs.set(runKey, run);
    this.runsOfDag.set(dagId, [...this.runsOf(dagId), run]);
    for (const { name, afterMs } of dag.spec.deadlines ?? [])
      this.deadlines.push({ run, name, dueAtMs: this.clock.now() + afterMs, notices: 0 });
    const tasks: ModelTask[] = [];
    this.tasksOfRun.set(runKey, tasks);
    for (const spec of dag.spec.tasks) this.addTask(run, spec, UNMAPPED);
    this.emit([{ kind: "run", dagId: run.dagId, runId: request.runId, runKey, state: "queued" }]);
    return runKey;
  }

  runsOf(dagId: string): readonly ModelRun[] {
    return this.runsOfDag.get(dagId) ?? [];
  }

  unfinishedRuns(dagId: string): number {
    return this.runsOf(dagId).filter((run) => run.backfillId === null && !isFinishedRunState(run.state)).length;
  }

  takeFromQueue(event: ModelAssetEvent, dagId: string): void {
    event.waiting.delete(dagId);
  }

  /** Whether (DAG, run id) or (DAG, logical date) has a run. */
  isTaken({ dagId, runId, logicalDate }: NewRun): boolean {
    return this.runsOf(dagId).some(
      ({ request }) => request.runId === runId || (logicalDate !== null && request.logicalDate?.getTime() === logicalDate.getTime()),
    );
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
      startedAtBeat: 0,
      nextRetryAt: null,
      skips: null,
      isInWait: false,
      looks: 0,
      waitId: null,
      tryStartedAtMs: null,
      madeGood: 0,
      madeGoodLosses: 0,
      issued: [],
      mark: undefined,
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
    const earlier = this.runsOf(run.dagId)
      .filter(({ request }) => request.logicalDate !== null && request.logicalDate < logicalDate)
      .toSorted((a, b) => Number(b.request.logicalDate) - Number(a.request.logicalDate));
    const previous = earlier.find(({ request }) => !(skipsManualRuns && request.runType === "manual"));
    if (previous === undefined || (since !== null && Number(previous.request.logicalDate) < since.getTime())) return undefined;
    const instancesIn = (other: ModelRun): readonly ModelTask[] =>
      (this.tasksOfRun.get(other.runKey) ?? []).filter((task) => task.spec.taskId === taskId);
    const states = instancesIn(previous).map((task) => task.state);
    const hadInstances = earlier.some((other) => instancesIn(other).length > 0);
    return { runKey, taskId, previousRunKey: previous.runKey, previousRunId: previous.request.runId, states, hadInstances };
  }

  /** Whether the task may be queued beside those that hold slots: all limits, one by one, as they are described to users. */
  fits({ run, spec }: ModelTask, active: readonly ModelTask[], limits: LimitOptions): boolean {
    const pool = this.pools.get(spec.pool) ?? { slots: 0, includeDeferred: false };
    const ofDag = active.filter((other) => other.run.dagId === run.dagId);
    const ofRun = ofDag.filter((other) => other.run === run);
    const isSame = (other: ModelTask): boolean => other.spec.taskId === spec.taskId;
    const maxActiveTasks = this.dags.get(run.dagId)?.spec.maxActiveTasks ?? 0;
    const hasRoom = pool.slots < 0 || this.slotsHeld(spec.pool, active) + spec.poolSlots <= pool.slots;
    if (!hasRoom) this.count("held by a full pool");
    return (
      hasRoom &&
      active.length < limits.parallelism &&
      (limits.maxActiveTasksOver === "dag" ? ofDag : ofRun).length < maxActiveTasks &&
      (spec.maxActivePerDag === undefined || ofDag.filter(isSame).length < spec.maxActivePerDag) &&
      (spec.maxActivePerRun === undefined || ofRun.filter(isSame).length < spec.maxActivePerRun)
    );
  }

  /** Task instances that are queued or at work. */
  holders(): ModelTask[] {
    return [...this.tasks.values()].filter((task) => SLOT_HOLDING_STATES.includes(task.state));
  }

  /** Slots of a pool that are taken. */
  slotsHeld(pool: string, active: readonly ModelTask[]): number {
    const deferred =
      this.pools.get(pool)?.includeDeferred === true ? [...this.tasks.values()].filter((task) => task.state === "deferred") : [];
    return [...active, ...deferred].filter((task) => task.spec.pool === pool).reduce((sum, task) => sum + task.spec.poolSlots, 0);
  }

  hasUnfinishedTasks(runKey: DagRunKey): boolean {
    return (this.tasksOfRun.get(runKey) ?? []).some((task) => !isFinishedTaskState(task.state));
  }
}
