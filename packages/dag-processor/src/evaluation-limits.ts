import type { Clock } from "@polyflow/service-kit";
import { residentBytes } from "./resident-memory.ts";

const MEMORY_CHECK_MS = 20;

export type LimitExceeded = { readonly kind: "timeout" } | { readonly kind: "memory" };

/** Watches a process while it imports files: how long it takes for one, and how much memory it has. */
export class EvaluationLimits {
  readonly exceeded: Promise<LimitExceeded>;
  readonly #clock: Clock;
  readonly #tell: (limit: LimitExceeded) => void;
  #cancelTimeout: () => void;
  #cancelCheck: () => void = () => undefined;
  #isStopped = false;

  constructor(pid: number | undefined, clock: Clock, { timeoutMs, memoryMb }: { readonly timeoutMs: number; readonly memoryMb: number }) {
    this.#clock = clock;
    const exceeded = Promise.withResolvers<LimitExceeded>();
    this.exceeded = exceeded.promise;
    this.#tell = exceeded.resolve;
    this.#cancelTimeout = clock.schedule(timeoutMs, () => this.#tell({ kind: "timeout" }));
    this.#watchMemory(pid, memoryMb * 1_048_576, exceeded.reject);
  }

  /** The next file has so long from now on. */
  restart(timeoutMs: number): void {
    this.#cancelTimeout();
    if (!this.#isStopped) this.#cancelTimeout = this.#clock.schedule(timeoutMs, () => this.#tell({ kind: "timeout" }));
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelTimeout();
    this.#cancelCheck();
  }

  #watchMemory(pid: number | undefined, limitBytes: number, fail: (error: unknown) => void): void {
    if (pid === undefined) return;
    const check = async (): Promise<void> => {
      const bytes = await residentBytes(pid);
      if (bytes !== undefined && bytes > limitBytes) return this.#tell({ kind: "memory" });
      if (!this.#isStopped) this.#cancelCheck = this.#clock.schedule(MEMORY_CHECK_MS, run);
    };
    const run = (): void => void check().catch(fail);
    this.#cancelCheck = this.#clock.schedule(MEMORY_CHECK_MS, run);
  }
}
