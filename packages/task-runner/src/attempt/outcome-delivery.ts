import { isPolyflowError } from "@polyflow/contracts";
import type { AttemptOutcome } from "@polyflow/contracts/wire";
import type { Clock, Logger } from "@polyflow/service-kit";
import type { AttemptAccess, ExecutionApiClient } from "../api/execution-api-client.ts";
import { isTemporary } from "../api/execution-api-client.ts";
import { retrying } from "../api/retry.ts";
import type { CrashPointHook } from "../crash-points.ts";
import type { OutcomeSpool, SpooledOutcome } from "./outcome-spool.ts";

/** Afterwards nobody waits for an outcome any more: the server has long given the attempt up. */
const KEEP_MS = 24 * 3_600_000;

export interface OutcomeDeliveryParts {
  readonly api: ExecutionApiClient;
  readonly spool: OutcomeSpool;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  readonly crashPoint: CrashPointHook;
  readonly signal: AbortSignal;
}

/** Reports outcomes: at once when the server is there, otherwise from disk until it is. */
export class OutcomeDelivery {
  readonly #parts: OutcomeDeliveryParts;
  readonly #waiting = new Map<string, Promise<void>>();

  constructor(parts: OutcomeDeliveryParts) {
    this.#parts = parts;
  }

  /** Attempts that have ended here without the server knowing; for heartbeats, so that they are not taken for lost. */
  get attemptIds(): readonly string[] {
    return [...this.#waiting.keys()];
  }

  /** Whether the attempt is one of them. */
  isPending(attemptId: string): boolean {
    return this.#waiting.has(attemptId);
  }

  /** Delivers what an earlier supervisor has left; tries each once before it returns. */
  async resume(): Promise<void> {
    const entries = await this.#parts.spool.list();
    for (const entry of entries) {
      if (!(await this.#tryOnce(entry))) this.#keepTrying(entry);
      else await this.#parts.spool.remove(entry.attemptId);
    }
  }

  /** Returns when the server has the outcome, does not want it any more, or it is safe on disk and will be delivered later. */
  async deliver(attempt: AttemptAccess, outcome: AttemptOutcome): Promise<void> {
    const entry: SpooledOutcome = { ...attempt, at: this.#parts.clock.now(), outcome };
    if (await this.#tryOnce(entry)) return;
    await this.#parts.spool.write(entry);
    this.#parts.crashPoint("spool_written");
    this.#keepTrying(entry);
  }

  /** Resolves when no delivery is under way; what is not delivered stays on disk. */
  async settled(): Promise<void> {
    await Promise.all(this.#waiting.values());
  }

  async #tryOnce(entry: SpooledOutcome): Promise<boolean> {
    try {
      await this.#parts.api.finish(entry, entry.outcome);
      return true;
    } catch (error) {
      if (isTemporary(error)) {
        this.#parts.logger.warn("outcome not delivered yet", { attemptId: entry.attemptId, error: String(error) });
        return false;
      }
      return this.#refused(entry, error);
    }
  }

  /** The server will never take this outcome (too large, not valid); it must still learn that the attempt has ended. */
  async #refused(entry: SpooledOutcome, error: unknown): Promise<boolean> {
    this.#drop(entry, error);
    if (isPolyflowError(error, "attempt_superseded") || entry.outcome.kind !== "success") return true;
    const message = `The task succeeded, but the server refused its output: ${String(error)}`;
    return this.#tryOnce({ ...entry, outcome: { kind: "failed", reason: "error", message: message.slice(0, 10_000) } });
  }

  #keepTrying(entry: SpooledOutcome): void {
    const { clock, random, signal } = this.#parts;
    const forMs = entry.at + KEEP_MS - clock.now();
    const delivery = retrying({ clock, random, signal, forMs }, () => this.#parts.api.finish(entry, entry.outcome))
      .catch((error: unknown) => {
        // stopped before it could be delivered: the next start goes on
        if (signal.aborted && isTemporary(error)) throw error;
        this.#drop(entry, error);
      })
      .then(() => this.#parts.spool.remove(entry.attemptId))
      .catch((error: unknown) => this.#parts.logger.warn("outcome stays on disk", { attemptId: entry.attemptId, error: String(error) }))
      .finally(() => this.#waiting.delete(entry.attemptId));
    this.#waiting.set(entry.attemptId, delivery);
  }

  #drop(entry: SpooledOutcome, error: unknown): void {
    const { logger } = this.#parts;
    const facts = { attemptId: entry.attemptId, outcome: entry.outcome.kind, error: String(error) };
    if (isPolyflowError(error, "attempt_superseded")) logger.info("outcome dropped: the attempt is no longer current", facts);
    else logger.error("outcome refused by the server and dropped", facts);
  }
}
