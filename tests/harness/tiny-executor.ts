import { setTimeout as pause } from "node:timers/promises";
import { isPolyflowError, type JsonValue, UNMAPPED } from "@polyflow/contracts";
import type { createScheduler } from "@polyflow/scheduler";
import type { Store } from "./store.ts";
import type { TaskBody } from "./task-body.ts";

type Executor = Parameters<typeof createScheduler>[0]["executor"];
type Workload = Parameters<Executor["submit"]>[0][number];
type Whole = NonNullable<Awaited<ReturnType<Store["execution"]["claimAttempt"]>>>;
type Claimed = Pick<Whole, "dagId" | "runId" | "taskId" | "mapIndex" | "tryNumber" | "maxTries"> &
  Partial<Pick<Whole, "mapOutputs" | "upstreamOutputs" | "spec">>;

/** What a task that succeeds gives out. */
export type TaskOutput = (claimed: Claimed) => JsonValue;

const RETRY_AFTER_MS = 30;

/** Claims attempts and ends them straight through the store: a worker without processes. */
export class TinyExecutor implements Executor {
  readonly name = "tiny";
  /** Every try that ran, as `<DAG> <run> <task> <try>`; instances of mapped tasks as `<task>#<index>`. */
  readonly executions: string[] = [];
  readonly #store: Store;
  readonly #body: TaskBody;
  readonly #durationMs: number;
  readonly #output: TaskOutput;
  /** By attempt: what is handed over again while it runs is not run again. */
  readonly #running = new Map<Workload["attemptId"], Promise<void>>();
  #session: ReturnType<Store["execution"]["registerWorker"]> | undefined;

  constructor(store: Store, body: TaskBody, durationMs = 0, output: TaskOutput = ({ taskId }) => ({ taskId })) {
    this.#store = store;
    this.#body = body;
    this.#durationMs = durationMs;
    this.#output = output;
  }

  async start(): Promise<void> {
    this.#session = untilAnswered(() => this.#store.execution.registerWorker({ name: "tiny", hostname: "test", slots: 100 }));
    await this.#session;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  async submit(workloads: readonly Workload[]): Promise<void> {
    for (const workload of workloads) {
      const { attemptId } = workload;
      if (this.#running.has(attemptId)) continue;
      this.#running.set(
        attemptId,
        this.#run(workload).finally(() => this.#running.delete(attemptId)),
      );
    }
  }

  async cancel(): Promise<void> {
    // What is no longer current is refused when it ends.
  }

  async #run({ attemptId }: Workload): Promise<void> {
    const claimed = await this.#claim(attemptId);
    if (claimed === undefined) return;
    const { dagId, runId, taskId, mapIndex, tryNumber } = claimed;
    const instance = mapIndex === UNMAPPED ? taskId : `${taskId}#${mapIndex}`;
    this.executions.push(`${dagId} ${runId} ${instance} ${tryNumber}`);
    await pause(this.#durationMs);
    await untilAnswered(() => this.#store.execution.finishAttempt(attemptId, this.#endOf(claimed)));
  }

  #endOf(claimed: Claimed) {
    const { taskId, tryNumber, maxTries } = claimed;
    const outcome = this.#body(taskId, tryNumber);
    if (outcome === "success") return { to: outcome, output: this.#output(claimed) } as const;
    if (outcome === "failed" && tryNumber <= maxTries)
      return { to: "up_for_retry", reason: "as told", nextRetryAt: new Date(Date.now() + RETRY_AFTER_MS) } as const;
    return { to: outcome, reason: "as told" } as const;
  }

  /** An answer that was lost on the way may have been a yes: then the attempt runs, and nobody else has claimed it. */
  async #claim(attemptId: Workload["attemptId"]): Promise<Claimed | undefined> {
    const session = await this.#session;
    if (session === undefined) throw new Error("the executor was not started");
    let isInDoubt = false;
    return untilAnswered(
      async () => {
        const claimed = await this.#store.execution.claimAttempt(attemptId, session);
        const running = claimed === undefined && isInDoubt ? await this.#store.execution.getRunningAttempt(attemptId) : undefined;
        return claimed ?? running;
      },
      () => {
        isInDoubt = true;
      },
    );
  }
}

/** Asks again as long as the database does not answer. */
export async function untilAnswered<Result>(ask: () => Promise<Result>, onFailure: () => void = () => undefined): Promise<Result> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isPolyflowError(error, "database_unavailable")) throw error;
      onFailure();
      await pause(20);
    }
  }
}
