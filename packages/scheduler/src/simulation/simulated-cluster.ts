import {
  type AttemptId,
  type ChangeEvent,
  isFinishedTaskState,
  type JsonValue,
  PolyflowError,
  type WorkerSessionId,
} from "@polyflow/contracts";
import type { AttemptOutcome, SkipRequest, WaitTrigger } from "@polyflow/contracts/wire";
import type { Executor, Workload } from "@polyflow/executor";
import { evaluateDependsOnPast, pastWindowOf } from "@polyflow/lifecycle";
import { type Service, silentLogger } from "@polyflow/service-kit";
import type { SchedulerStore } from "@polyflow/store";
import { createScheduler } from "../create-scheduler.ts";
import type { SchedulingStore } from "../scheduler-context.ts";
import type { SchedulerOptions } from "../scheduler-options.ts";
import type { ModelTask } from "./model-rows.ts";
import type { Faults } from "./faults.ts";
import { ModelStore } from "./model-store.ts";
import { type Callable, isCallable, isFenced, isTerm, never } from "./store-calls.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** One run of a simulated task, as its process would report it. */
export type TaskBody = (task: ModelTask, tryNumber: number) => "success" | "error" | "fatal" | "skipped" | "rescheduled" | "deferred";

/** What a task that succeeds gives out, and which tasks it skips. */
export type TaskResult = (task: ModelTask) => { readonly output?: JsonValue; readonly skips?: SkipRequest };

/** An attempt that a worker got. */
interface Execution {
  readonly task: ModelTask;
  readonly attemptId: AttemptId;
  readonly tryNumber: number;
  readonly looks: number;
  readonly clears: number;
  readonly mark: ModelTask["mark"];
}

interface Process {
  isAlive: boolean;
}

interface Worker extends Process {
  readonly name: string;
  sessionId: WorkerSessionId;
  isCutOff: boolean;
  /** What it has and names in its heartbeats. */
  readonly attemptIds: Set<AttemptId>;
}

/** Schedulers, workers and an executor around one model store, with everything that can go wrong between them. */
export class SimulatedCluster {
  readonly store: ModelStore;
  faults: Faults;
  /** Runs of task bodies: the effects that a user would see. */
  readonly executions: Execution[] = [];
  /** What happens, line by line; undefined: nobody reads it. */
  trace: ((line: string) => void) | undefined;
  /** Where the scheduler that comes there first dies: `before applySchedule`, `after claim`; undefined once it has. */
  crashAt: string | undefined;
  readonly time: VirtualTime;
  readonly #random: SeededRandom;
  readonly #body: TaskBody;
  readonly #result: TaskResult;
  readonly #workers: Worker[] = [];
  readonly #schedulers = new Set<{ readonly process: Process; readonly service: Service; readonly holder: string }>();
  readonly #startMs: number;
  /** The newest accepted end of each task since it was cleared. */
  readonly #ended = new Map<ModelTask, { readonly clears: number; readonly attemptId: AttemptId }>();
  #leader: string | undefined;
  #names = 0;
  readonly #options: Partial<SchedulerOptions>;

  constructor(given: {
    readonly time: VirtualTime;
    readonly random: SeededRandom;
    readonly faults: Faults;
    readonly body: TaskBody;
    readonly result?: TaskResult;
    readonly options?: Partial<SchedulerOptions>;
  }) {
    // Small limits, so that pages and batches have several parts.
    this.#options = { parallelism: 6, rowsPerQuery: 3, runsPerBatch: 2, dueDagsPerBatch: 2, ...given.options };
    this.time = given.time;
    this.#startMs = given.time.nowMs;
    this.#random = given.random;
    this.#body = given.body;
    this.#result = given.result ?? (() => ({}));
    this.faults = given.faults;
    this.store = new ModelStore(given.time.clock());
    this.store.state.mostSkewMs = given.faults.clockSkewMs;
  }

  /** Notes that it happened; also in the trace. */
  count(what: string): void {
    this.store.state.count(what);
    this.trace?.(`${((this.time.nowMs - this.#startMs) / 1000).toFixed(3)} s  ${what}`);
  }

  #violation(text: string): void {
    this.store.state.violations.push(text);
  }

  /** Starts a scheduler; when it dies another one follows. */
  addScheduler(): Service {
    this.#names += 1;
    const holder = `scheduler-${this.#names}`;
    const process: Process = { isAlive: true };
    const { clockSkewMs } = this.faults;
    const skewMs = clockSkewMs === 0 ? 0 : this.#random.int(2 * clockSkewMs) - clockSkewMs;
    if (skewMs !== 0) this.count("a scheduler whose clock is wrong");
    const clock = this.time.clock(() => process.isAlive, skewMs);
    const service = createScheduler({
      store: this.#storeFor(process),
      executor: this.#executorFor(process),
      clock,
      logger: silentLogger,
      holder,
      random: this.#random.next,
      options: this.#options,
    });
    this.#schedulers.add({ process, service, holder });
    void service.start();
    return service;
  }

  addWorker(): void {
    this.#names += 1;
    const name = `worker-${this.#names}`;
    const worker: Worker = { name, sessionId: this.store.registerWorker(name), isAlive: true, isCutOff: false, attemptIds: new Set() };
    this.#workers.push(worker);
    this.#beat(worker);
  }

  /** Kills a scheduler at once: nothing of it happens any more. A new one starts a little later. */
  #kill(process: Process, why: string): void {
    if (!process.isAlive) return;
    this.count(why);
    process.isAlive = false;
    this.time.schedule(this.#random.int(5_000), () => this.addScheduler());
  }

  /** Stops the leader in order; a new scheduler comes in its place, as with an update. */
  async replaceLeader(): Promise<void> {
    const leading = [...this.#schedulers].find(({ process, holder }) => process.isAlive && holder === this.#leader);
    if (leading === undefined) return;
    this.count("scheduler stopped in order");
    this.addScheduler();
    await leading.service.stop();
    leading.process.isAlive = false;
  }

  #beat(worker: Worker): void {
    if (!worker.isAlive) return;
    if (!worker.isCutOff && !this.store.heartbeat(worker.sessionId, worker.attemptIds))
      worker.sessionId = this.store.registerWorker(worker.name);
    this.time.schedule(3_000, () => this.#beat(worker));
  }

  #storeFor(process: Process): SchedulingStore {
    const { store } = this;
    const scheduler = new Proxy(store.scheduler, {
      get: (target, method) => {
        const call: unknown = Reflect.get(target, method);
        if (!isCallable(call)) return call;
        return (...values: readonly unknown[]) => {
          this.#checkTrust(String(method), values[0]);
          return this.#call(process, String(method), () => this.#perform(String(method), call, values));
        };
      },
    }) satisfies SchedulerStore;
    return {
      scheduler,
      subscribe: (listener) => store.subscribe((event) => this.#tell(process, event, listener)),
      recordHeartbeat: () => this.#call(process, "recordHeartbeat", () => store.recordHeartbeat()),
    };
  }

  /** I9: a write takes effect in the term that it was decided in, or not at all. */
  async #perform(method: string, call: Callable, values: readonly unknown[]): Promise<unknown> {
    const [term] = values;
    const isLate = isFenced(method, term) && !this.store.state.isCurrent(term);
    const result = await Reflect.apply(call, this.store.scheduler, values);
    if (isLate && isTerm(term)) this.#violation(`I9: ${method} took effect after term ${term.term} of ${term.holder}`);
    if (method === "acquireLease" && isTerm(result)) this.#noteLeader(result.holder);
    return result;
  }

  #noteLeader(holder: string): void {
    if (this.#leader !== undefined && holder !== this.#leader) this.count("another scheduler leads");
    this.#leader = holder;
  }

  /** I10: who believes to be leader when it sets out to write must be it, whatever the answers of the store took. */
  #checkTrust(method: string, term: unknown): void {
    if (isFenced(method, term) && !this.store.state.isCurrent(term))
      this.#violation(`I10: ${term.holder} calls ${method} after its term ${term.term}`);
  }

  /** A2: what depends on its past begins when the run before has done it, and not sooner. */
  #checkPast({ run, spec }: ModelTask): void {
    const { state } = this.store;
    const dag = state.specs.get(run.versionId);
    if (!spec.dependsOnPast || dag === undefined) return;
    const past = evaluateDependsOnPast(state.pastOf({ runKey: run.runKey, ...pastWindowOf(dag) }, spec.taskId));
    if (!past.passed) state.violations.push(`A2: ${run.dagId} ${run.request.runId} ${spec.taskId} ran too early: ${past.reason}`);
  }

  async #call<Result>(process: Process, method: string, perform: () => Promise<Result>): Promise<Result> {
    const { faults } = this;
    await this.#latency();
    if (this.#isCrashPoint(method, "before") || this.#random.chance(faults.schedulerDies)) this.#kill(process, `died before ${method}`);
    if (!process.isAlive) return never();
    if (this.#random.chance(faults.storeRefuses)) throw this.#unavailable(`refused ${method}`);
    const result = await perform();
    this.count(`did ${method}`);
    if (this.#isCrashPoint(method, "after") || this.#random.chance(faults.schedulerDies)) this.#kill(process, `died after ${method}`);
    await this.#latency();
    if (!process.isAlive) return never();
    if (this.#random.chance(faults.storeForgets)) throw this.#unavailable(`did, and seemed to fail, ${method}`);
    return result;
  }

  /** Each crash point kills once. */
  #isCrashPoint(method: string, moment: "before" | "after"): boolean {
    if (this.crashAt !== `${moment} ${method}`) return false;
    this.crashAt = undefined;
    return true;
  }

  async #latency(): Promise<void> {
    if (this.#random.chance(this.faults.storeStalls)) {
      this.count("a store call stalls");
      await this.time.sleep(this.#random.int(20_000));
    } else if (this.#random.chance(0.3)) await this.time.sleep(this.#random.int(20));
  }

  #tell(process: Process, event: ChangeEvent, listener: (event: ChangeEvent) => void): void {
    if (!process.isAlive) return;
    const times = this.#random.chance(this.faults.hintLost) ? 0 : this.#random.chance(this.faults.hintDoubled) ? 2 : 1;
    if (times !== 1) this.count(times === 0 ? "hint lost" : "hint doubled");
    for (let time = 0; time < times; time++) {
      if (this.#random.chance(0.5)) {
        listener(event);
        continue;
      }
      this.count("hint late, so that others overtake it");
      this.time.schedule(this.#random.int(200), () => {
        if (process.isAlive) listener(event);
      });
    }
  }

  #executorFor(process: Process): Executor {
    return {
      name: "simulated",
      start: async () => undefined,
      stop: async () => undefined,
      cancel: async () => undefined,
      openSlots: () => {
        const worker = this.#random.chance(0.6) ? this.#ableWorker() : undefined;
        return worker && { sessionId: worker.sessionId, slots: this.#random.int(4) };
      },
      submit: async (workloads) => {
        for (const workload of workloads) {
          const times = this.#random.chance(this.faults.workloadLost) ? 0 : this.#random.chance(this.faults.workloadDoubled) ? 2 : 1;
          if (times !== 1) this.count(times === 0 ? "workload lost" : "workload doubled");
          for (let time = 0; time < times; time++) this.time.schedule(this.#random.int(50), () => this.#receive(process, workload));
        }
      },
    };
  }

  #ableWorker(): Worker | undefined {
    const able = this.#workers.filter((worker) => worker.isAlive && !worker.isCutOff);
    return able[this.#random.int(able.length)];
  }

  /** What was claimed when it was queued goes to the worker that it was claimed for. */
  #receive(process: Process, { attemptId, isClaimed = false }: Workload): void {
    const claimedFor = this.store.state.attempts.get(attemptId)?.sessionId;
    const worker = isClaimed ? this.#workers.find(({ sessionId }) => sessionId === claimedFor) : this.#ableWorker();
    // The executor lives in the scheduler's process: what it has not handed on dies with it.
    if (!process.isAlive || worker?.isAlive !== true || worker.isCutOff || worker.attemptIds.has(attemptId)) return;
    const task = isClaimed ? this.store.claimed(attemptId, worker.sessionId) : this.#claim(attemptId, worker);
    if (task === undefined) return this.count("claim refused");
    if (this.executions.some((execution) => execution.attemptId === attemptId)) this.#violation(`I7: attempt ${attemptId} runs twice`);
    worker.attemptIds.add(attemptId);
    this.#run(task, attemptId, worker);
  }

  #claim(attemptId: AttemptId, worker: Worker): ModelTask | undefined {
    const before = this.store.state.attempts.get(attemptId)?.state;
    const task = this.store.claim(attemptId, worker.sessionId);
    if (task !== undefined && before === "running") this.#violation(`I7: ${task.taskInstanceId} has two attempts at once`);
    return task;
  }

  #run(task: ModelTask, attemptId: AttemptId, worker: Worker): void {
    this.#noteExecution(task, attemptId);
    if (this.#isLeftAlone(worker)) return;
    const isCutOff = this.#random.chance(this.faults.workerCutOff);
    if (isCutOff) this.#cutOff(worker);
    const outcome = this.#outcomeOf(task);
    this.time.schedule((isCutOff ? 60_000 : 0) + this.#random.int(3_000), () => {
      if (!worker.isAlive) return;
      worker.attemptIds.delete(attemptId);
      this.#report(task, attemptId, outcome);
    });
  }

  #noteExecution(task: ModelTask, attemptId: AttemptId): void {
    const { tryNumber, looks, clears, mark } = task;
    this.trace?.(`runs ${task.run.dagId} ${task.run.request.runId} ${task.spec.taskId}#${task.mapIndex}, try ${tryNumber}, look ${looks}`);
    if (this.#ended.get(task)?.clears === clears) this.#violation(`I20: ${task.taskInstanceId} runs although it has ended`);
    if (mark !== undefined) this.#violation(`I17: ${task.taskInstanceId} runs although a user has ended it`);
    this.executions.push({ task, attemptId, tryNumber, looks, clears, mark });
    this.#checkPast(task);
  }

  /** The worker dies with what it has just claimed, or leaves it behind. */
  #isLeftAlone(worker: Worker): boolean {
    const dies = this.#random.chance(this.faults.workerDies);
    if (!dies && !this.#random.chance(this.faults.workerLeaves)) return false;
    this.count(dies ? "worker died" : "worker left");
    worker.isAlive = false;
    if (!dies) this.store.leave(worker.sessionId);
    this.time.schedule(this.#random.int(3_000), () => this.addWorker());
    return true;
  }

  #outcomeOf(task: ModelTask): AttemptOutcome {
    const kind = this.#body(task, task.tryNumber);
    switch (kind) {
      case "success":
        return { kind, ...this.#result(task) };
      case "skipped":
        return { kind };
      case "rescheduled":
        return { kind, afterMs: this.#random.int(4_000) };
      case "deferred":
        return { kind, trigger: this.#trigger(), timeoutMs: 2_000 + this.#random.int(8_000) };
      case "error":
      case "fatal":
        return { kind: "failed", reason: kind, message: "as simulated" };
    }
  }

  #trigger(): WaitTrigger {
    if (this.#random.chance(0.5)) return { kind: "poke", everyMs: 1_000, backoff: false };
    return { kind: "time", at: new Date(this.time.nowMs + this.#random.int(6_000)).toISOString() };
  }

  /** A worker reports how an attempt ended; I8 and I17: that counts only for the current one. */
  #report(task: ModelTask, attemptId: AttemptId, outcome: AttemptOutcome): void {
    const last = this.executions.findLast((execution) => execution.task === task);
    const { mark, clears } = task;
    if (!this.store.finish(attemptId, outcome)) return this.count("late report refused");
    if (mark !== undefined) this.#violation(`I17: ${task.taskInstanceId} was ended by a user, and an old attempt counted`);
    const isRepeated = this.#ended.get(task)?.attemptId === attemptId;
    if (last?.attemptId !== attemptId || isRepeated) this.#violation(`I8: an old attempt of ${task.taskInstanceId} counted`);
    if (isFinishedTaskState(task.state)) this.#ended.set(task, { clears, attemptId });
    if (task.waitId !== null) this.#watch(task, task.waitId);
  }

  /** The triggerer fires, unless it is lost; now and then twice. */
  #watch(task: ModelTask, waitId: string): void {
    if (this.#random.chance(this.faults.triggerLost)) return this.count("trigger lost");
    for (let time = this.#random.chance(0.2) ? 2 : 1; time > 0; time--)
      this.time.schedule(this.#random.int(6_000), () => this.store.fire(task, waitId));
  }

  #cutOff(worker: Worker): void {
    this.count("worker cut off");
    worker.isCutOff = true;
    this.time.schedule(50_000, () => {
      worker.isCutOff = false;
    });
  }

  #unavailable(what: string): PolyflowError {
    this.count(what);
    return new PolyflowError("database_unavailable", `The database did not answer: ${what}.`);
  }
}
