import type { AttemptId, OpenSlots } from "@polyflow/contracts";
import type { Executor, Workload, WorkSink } from "@polyflow/executor";
import type { Logger } from "@polyflow/service-kit";
import { WorkloadQueue } from "./workload-queue.ts";

export interface LocalExecutorOptions {
  /** The worker of this process. The executor starts and stops it. */
  readonly sink: WorkSink;
  readonly logger: Logger;
}

/**
 * Hands queued attempts to a worker in the same process: at most `sink.slots` at once, the most urgent first.
 * What waits here is a hint in memory; when the process ends, the dispatcher publishes it again.
 * @example
 * const executor = createLocalExecutor({ sink: createSupervisor(options), logger });
 * await executor.start();
 * await executor.submit(workloads);
 */
export function createLocalExecutor(options: LocalExecutorOptions): Executor {
  return new LocalExecutor(options);
}

class LocalExecutor implements Executor {
  readonly name = "local";
  readonly #sink: WorkSink;
  readonly #logger: Logger;
  readonly #waiting = new WorkloadQueue();
  readonly #running = new Map<string, Promise<void>>();
  #accepting = false;

  constructor(options: LocalExecutorOptions) {
    this.#sink = options.sink;
    this.#logger = options.logger;
  }

  async start(): Promise<void> {
    await this.#sink.start();
    this.#accepting = true;
  }

  async stop(graceMs: number): Promise<void> {
    this.#accepting = false;
    this.#waiting.clear();
    await this.#sink.stop(graceMs);
    await Promise.all(this.#running.values());
  }

  openSlots(): OpenSlots | undefined {
    const { sessionId, slots } = this.#sink;
    if (!this.#accepting || sessionId === undefined) return undefined;
    // What waits comes first.
    return { sessionId, slots: Math.max(slots - this.#running.size - this.#waiting.size, 0) };
  }

  submit(workloads: readonly Workload[]): Promise<void> {
    if (!this.#accepting) return Promise.resolve();
    for (const workload of workloads) {
      if (this.#waiting.has(workload.attemptId) || this.#running.has(workload.attemptId)) continue;
      if (workload.isClaimed === true) this.#start(workload);
      else this.#waiting.add(workload);
    }
    this.#runNext();
    return Promise.resolve();
  }

  cancel(attemptId: AttemptId): Promise<void> {
    this.#waiting.remove(attemptId);
    if (this.#running.has(attemptId)) this.#sink.cancel(attemptId);
    return Promise.resolve();
  }

  #runNext(): void {
    while (this.#running.size < this.#sink.slots) {
      const workload = this.#accepting ? this.#waiting.take() : undefined;
      if (workload === undefined) return;
      this.#start(workload);
    }
  }

  #start(workload: Workload): void {
    this.#running.set(workload.attemptId, this.#run(workload));
  }

  async #run(workload: Workload): Promise<void> {
    try {
      await this.#sink.run(workload);
    } catch (error) {
      this.#logger.error("the worker could not run an attempt; the dispatcher will offer it again", {
        attemptId: workload.attemptId,
        error: String(error),
      });
    }
    this.#running.delete(workload.attemptId);
    this.#runNext();
  }
}
