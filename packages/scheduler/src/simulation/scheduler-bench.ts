import type { DagRunKey, DagSpec, TaskInstanceState } from "@polyflow/contracts";
import type { Workload } from "@polyflow/executor";
import { type Logger, silentLogger } from "@polyflow/service-kit";
import type { SchedulerStore, TaskFactsRequest } from "@polyflow/store";
import { createScheduler } from "../create-scheduler.ts";
import type { SchedulerOptions } from "../scheduler-options.ts";
import { ModelStore } from "./model-store.ts";
import { VirtualTime } from "./virtual-time.ts";

const START_MS = Date.UTC(2024, 0, 1);

/** One scheduler on a model store, from 2024-01-01 on; the test is the worker. */
export class SchedulerBench {
  readonly time = new VirtualTime(START_MS);
  readonly store = new ModelStore(this.time.clock());
  readonly workloads: Workload[] = [];
  readonly calls: string[] = [];
  readonly factRequests: TaskFactsRequest[] = [];
  readonly errors: string[] = [];
  readonly cancelled: string[] = [];
  readonly overrides: Partial<SchedulerStore> = {};
  readonly session = this.store.registerWorker("w");
  /** Whether what would take workloads is away. */
  refuses: () => boolean = () => false;
  readonly scheduler;

  constructor(options: Partial<SchedulerOptions> = {}) {
    const record: SchedulerStore["loadTaskFactsOfRuns"] = (requests) => {
      this.factRequests.push(...requests);
      return this.store.scheduler.loadTaskFactsOfRuns(requests);
    };
    const scheduler = new Proxy(this.store.scheduler, {
      get: (target, method: keyof SchedulerStore) => {
        const call = this.overrides[method] ?? (method === "loadTaskFactsOfRuns" ? record : target[method]);
        return (...values: readonly unknown[]) => {
          this.calls.push(method);
          return Reflect.apply(call, target, values);
        };
      },
    });
    const logger: Logger = { ...silentLogger, child: () => logger, error: (message) => void this.errors.push(message) };
    this.scheduler = createScheduler({
      store: { scheduler, subscribe: (listener) => this.store.subscribe(listener), recordHeartbeat: () => this.store.recordHeartbeat() },
      executor: {
        name: "test",
        start: async () => undefined,
        stop: async () => undefined,
        submit: async (workloads) => {
          if (this.refuses()) throw new Error("the queue does not answer");
          this.workloads.push(...workloads);
        },
        cancel: async (attemptId) => void this.cancelled.push(attemptId),
      },
      clock: this.time.clock(),
      logger,
      holder: "bench",
      random: () => 0.5,
      options,
    });
  }

  async start(...dags: readonly DagSpec[]): Promise<void> {
    for (const dag of dags) this.store.addDag(dag);
    void this.scheduler.start();
    await this.settle();
  }

  /** Lets everything happen that needs no time. */
  settle(): Promise<boolean> {
    return this.pass(0);
  }

  async pass(ms: number): Promise<boolean> {
    await this.time.run(this.time.nowMs + ms);
    for (let turn = 0; turn < 5; turn++) await this.time.run(this.time.nowMs);
    return true;
  }

  /** Claims what was handed over for the task and ends it. */
  async run(taskId: string, reason?: "error" | "fatal"): Promise<void> {
    const attemptId = this.workloads.findLast((workload) => workload.taskId === taskId)?.attemptId;
    if (attemptId === undefined) throw new Error(`nothing was handed over for ${taskId}`);
    this.store.claim(attemptId, this.session);
    await this.settle();
    this.calls.length = 0;
    this.factRequests.length = 0;
    this.store.finish(attemptId, reason === undefined ? { kind: "success" } : { kind: "failed", reason, message: "no" });
    await this.settle();
  }

  states(runKey: DagRunKey | undefined): { readonly [taskId: string]: TaskInstanceState } {
    const tasks = runKey === undefined ? [] : (this.store.state.tasksOfRun.get(runKey) ?? []);
    return Object.fromEntries(tasks.map((task) => [task.spec.taskId, task.state]));
  }

  runState(runKey: DagRunKey | undefined): string | undefined {
    return runKey === undefined ? undefined : this.store.state.runs.get(runKey)?.state;
  }
}
