import { type AttemptId, type ChangeEvent, type JsonValue, PolyflowError, type WorkerSessionId } from "@polyflow/contracts";
import type { SkipRequest } from "@polyflow/contracts/wire";
import type { Executor, Workload } from "@polyflow/executor";
import { evaluateDependsOnPast, pastWindowOf } from "@polyflow/lifecycle";
import { type Service, silentLogger } from "@polyflow/service-kit";
import type { LeaderTerm, SchedulerStore } from "@polyflow/store";
import { createScheduler } from "../create-scheduler.ts";
import type { SchedulingStore } from "../scheduler-context.ts";
import type { SchedulerOptions } from "../scheduler-options.ts";
import type { ModelTask } from "./model-state.ts";
import { ModelStore } from "./model-store.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** How ill the world is; all are probabilities. */
export interface Faults {
  /** A store call fails and has no effect. */
  readonly storeRefuses: number;
  /** A store call takes effect and its caller hears of an error. */
  readonly storeForgets: number;
  /** A store call takes seconds. */
  readonly storeStalls: number;
  /** The scheduler dies at a store call: before it, or after it took effect. */
  readonly schedulerDies: number;
  readonly hintLost: number;
  readonly hintDoubled: number;
  readonly workloadLost: number;
  readonly workloadDoubled: number;
  /** A worker dies with the attempt it has just claimed. */
  readonly workerDies: number;
  /** A worker is cut off for longer than it takes to be given up, and reports afterwards. */
  readonly workerCutOff: number;
}

export const NO_FAULTS: Faults = {
  storeRefuses: 0,
  storeForgets: 0,
  storeStalls: 0,
  schedulerDies: 0,
  hintLost: 0,
  hintDoubled: 0,
  workloadLost: 0,
  workloadDoubled: 0,
  workerDies: 0,
  workerCutOff: 0,
};

/** One run of a simulated task, as its process would report it. */
export type TaskBody = (task: ModelTask, tryNumber: number) => "success" | "error" | "fatal" | "skipped";

/** What a task that succeeds gives out, and which tasks it skips. */
export type TaskResult = (task: ModelTask) => { readonly output?: JsonValue; readonly skips?: SkipRequest };

interface Process {
  isAlive: boolean;
}

interface Worker extends Process {
  readonly name: string;
  sessionId: WorkerSessionId;
  isCutOff: boolean;
}

/** Schedulers, workers and an executor around one model store, with everything that can go wrong between them. */
export class SimulatedCluster {
  readonly store: ModelStore;
  faults: Faults;
  /** Runs of task bodies: the effects that a user would see. */
  readonly executions: { readonly task: ModelTask; readonly attemptId: AttemptId; readonly tryNumber: number }[] = [];
  readonly storeCalls = new Map<string, number>();
  /** Where the scheduler that comes there first dies: `before applySchedule`, `after claim`; undefined once it has. */
  crashAt: string | undefined;
  readonly #time: VirtualTime;
  readonly #random: SeededRandom;
  readonly #body: TaskBody;
  readonly #result: TaskResult;
  readonly #workers: Worker[] = [];
  readonly #schedulers = new Set<{ readonly process: Process; readonly service: Service }>();
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
    this.#options = { parallelism: 6, rowsPerQuery: 3, runsPerBatch: 2, ...given.options };
    this.#time = given.time;
    this.#random = given.random;
    this.#body = given.body;
    this.#result = given.result ?? (() => ({}));
    this.faults = given.faults;
    this.store = new ModelStore(given.time.clock());
  }

  /** Starts a scheduler; when it dies another one follows. */
  addScheduler(): Service {
    this.#names += 1;
    const holder = `scheduler-${this.#names}`;
    const process: Process = { isAlive: true };
    const service = createScheduler({
      store: this.#storeFor(process),
      executor: this.#executorFor(process),
      clock: this.#time.clock(() => process.isAlive),
      logger: silentLogger,
      holder,
      random: this.#random.next,
      options: this.#options,
    });
    this.#schedulers.add({ process, service });
    void service.start();
    return service;
  }

  addWorker(): void {
    this.#names += 1;
    const name = `worker-${this.#names}`;
    const worker: Worker = { name, sessionId: this.store.registerWorker(name), isAlive: true, isCutOff: false };
    this.#workers.push(worker);
    this.#beat(worker);
  }

  /** Kills a scheduler at once: nothing of it happens any more. A new one starts a little later. */
  #kill(process: Process): void {
    if (!process.isAlive) return;
    process.isAlive = false;
    this.#time.schedule(this.#random.int(5_000), () => this.addScheduler());
  }

  async stopSchedulers(): Promise<void> {
    await Promise.all([...this.#schedulers].filter(({ process }) => process.isAlive).map(({ service }) => service.stop()));
  }

  #beat(worker: Worker): void {
    if (!worker.isAlive) return;
    if (!worker.isCutOff && !this.store.heartbeat(worker.sessionId)) worker.sessionId = this.store.registerWorker(worker.name);
    this.#time.schedule(3_000, () => this.#beat(worker));
  }

  #storeFor(process: Process): SchedulingStore {
    const { store } = this;
    const scheduler = new Proxy(store.scheduler, {
      get: (target, method) => {
        const call: unknown = Reflect.get(target, method);
        if (typeof call !== "function") return call;
        return (...values: readonly unknown[]) => {
          this.#checkTrust(String(method), values[0]);
          return this.#call(process, String(method), async () => Reflect.apply(call, target, values));
        };
      },
    }) satisfies SchedulerStore;
    return {
      scheduler,
      subscribe: (listener) => store.subscribe((event) => this.#tell(process, event, listener)),
      recordHeartbeat: () => this.#call(process, "recordHeartbeat", () => store.recordHeartbeat()),
    };
  }

  /** I10: who believes to be leader when it sets out to write must be it, whatever the answers of the store took. */
  #checkTrust(method: string, term: unknown): void {
    if (!isTerm(term) || method === "renewLease" || method === "releaseLease") return;
    if (!this.store.state.isCurrent(term))
      this.store.state.violations.push(`I10: ${term.holder} calls ${method} after its term ${term.term}`);
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
    this.storeCalls.set(method, (this.storeCalls.get(method) ?? 0) + 1);
    if (this.#isCrashPoint(method, "before") || this.#random.chance(faults.schedulerDies)) this.#kill(process);
    if (!process.isAlive) return never();
    if (this.#random.chance(faults.storeRefuses)) throw unavailable(method);
    const result = await perform();
    if (this.#isCrashPoint(method, "after") || this.#random.chance(faults.schedulerDies)) this.#kill(process);
    await this.#latency();
    if (!process.isAlive) return never();
    if (this.#random.chance(faults.storeForgets)) throw unavailable(method);
    return result;
  }

  /** Each crash point kills once. */
  #isCrashPoint(method: string, moment: "before" | "after"): boolean {
    if (this.crashAt !== `${moment} ${method}`) return false;
    this.crashAt = undefined;
    return true;
  }

  async #latency(): Promise<void> {
    if (this.#random.chance(this.faults.storeStalls)) await this.#time.sleep(this.#random.int(20_000));
    else if (this.#random.chance(0.3)) await this.#time.sleep(this.#random.int(20));
  }

  #tell(process: Process, event: ChangeEvent, listener: (event: ChangeEvent) => void): void {
    const times = this.#random.chance(this.faults.hintLost) ? 0 : this.#random.chance(this.faults.hintDoubled) ? 2 : 1;
    for (let time = 0; time < times; time++) {
      if (this.#random.chance(0.5)) listener(event);
      else
        this.#time.schedule(this.#random.int(200), () => {
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
      submit: async (workloads) => {
        for (const workload of workloads) {
          const times = this.#random.chance(this.faults.workloadLost) ? 0 : this.#random.chance(this.faults.workloadDoubled) ? 2 : 1;
          for (let time = 0; time < times; time++) this.#time.schedule(this.#random.int(50), () => this.#receive(process, workload));
        }
      },
    };
  }

  #receive(process: Process, workload: Workload): void {
    const able = this.#workers.filter((worker) => worker.isAlive && !worker.isCutOff);
    const worker = able[this.#random.int(able.length)];
    // The executor lives in the scheduler's process: what it has not handed on dies with it.
    if (!process.isAlive || worker === undefined) return;
    const task = this.store.claim(workload.attemptId, worker.sessionId);
    if (task === undefined) return;
    this.executions.push({ task, attemptId: workload.attemptId, tryNumber: task.tryNumber });
    this.#checkPast(task);
    if (this.#random.chance(this.faults.workerDies)) {
      worker.isAlive = false;
      this.#time.schedule(this.#random.int(3_000), () => this.addWorker());
      return;
    }
    const isCutOff = this.#random.chance(this.faults.workerCutOff);
    if (isCutOff) this.#cutOff(worker);
    const outcome = this.#body(task, task.tryNumber);
    this.#time.schedule((isCutOff ? 60_000 : 0) + this.#random.int(3_000), () => {
      if (!worker.isAlive) return;
      if (outcome === "success") this.store.finish(workload.attemptId, { kind: outcome, ...this.#result(task) });
      else if (outcome === "skipped") this.store.finish(workload.attemptId, { kind: outcome });
      else this.store.finish(workload.attemptId, { kind: "failed", reason: outcome, message: "as simulated" });
    });
  }

  #cutOff(worker: Worker): void {
    worker.isCutOff = true;
    this.#time.schedule(50_000, () => {
      worker.isCutOff = false;
    });
  }
}

function isTerm(value: unknown): value is LeaderTerm {
  return typeof value === "object" && value !== null && "term" in value && "holder" in value;
}

function never<Result>(): Promise<Result> {
  return new Promise(() => undefined);
}

function unavailable(method: string): PolyflowError {
  return new PolyflowError("database_unavailable", `The database did not answer ${method}.`);
}
