import { isPolyflowError, type LogLine } from "@polyflow/contracts";
import type { ClaimedWaitOrder, WaitEvent } from "@polyflow/contracts/wire";
import type { Clock, Logger } from "@polyflow/service-kit";
import type { AttemptAccess, ExecutionApiClient, SessionAccess } from "../api/execution-api-client.ts";
import { retrying } from "../api/retry.ts";
import { attemptOrder, type AttemptOrderParts } from "../attempt/attempt-order.ts";
import { answerTaskRequest } from "../attempt/task-requests.ts";
import { SecretMask } from "../log/secret-mask.ts";
import type { FromWatcher, TaskAnswer, TaskRequest, WatchOrder } from "../protocol/messages.ts";
import type { WorkerSession } from "../worker-session.ts";
import { WatchProcess, type WatchProcessParts } from "./watch-process.ts";

export interface TriggererParts extends Omit<WatchProcessParts, "onDied" | "onMessage" | "onRequest" | "onCulprit">, AttemptOrderParts {
  readonly api: ExecutionApiClient;
  readonly session: WorkerSession;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  /** Waits that this worker watches at most. */
  readonly capacity: number;
}

/** There may be thousands, so each holds only what its end and its requests need: what is to be done is known by the process that looks. */
interface Watched {
  readonly access: AttemptAccess;
  /** Once a look has asked for a secret. */
  mask: SecretMask | undefined;
  /** Not sent yet. */
  lines: LogLine[] | undefined;
  /** What was found is on its way to the server. */
  isFiring: boolean;
}

const CLAIM_AT_ONCE = 500;
const IDLE_MS = 60_000;
const FLUSH_LOGS_MS = 1_000;
const MOST_LINES = 1_000;

/**
 * Watches deferred tasks for the server: takes waits, has them looked at in one process, and says which are over. It holds no truth: when
 * this worker goes, others take its waits, when its process dies the server gives them out again, and a wait that fires twice is refused
 * the second time.
 */
export class Triggerer {
  readonly #parts: TriggererParts;
  readonly #process: WatchProcess;
  readonly #waits = new Map<string, Watched>();
  readonly #byAttempt = new Map<string, string>();
  /** Those with lines that are not sent yet. */
  readonly #logging = new Set<Watched>();
  #cancelTimer: () => void = () => undefined;
  #syncing: Promise<void> | undefined;
  #isSyncWanted = false;
  #cancelFlush: (() => void) | undefined;
  #cancelIdle: (() => void) | undefined;

  constructor(parts: TriggererParts) {
    this.#parts = parts;
    this.#process = new WatchProcess({
      ...parts,
      onDied: () => this.#takeAgain(),
      onMessage: (message) => this.#hear(message),
      onRequest: (attemptId, request) => this.#answer(attemptId, request),
      onCulprit: (waitId) =>
        void this.#fire(
          waitId,
          failure("Looking for this task ended the process of the triggerer twice: its watch function exits or crashes."),
        ),
    });
  }

  /** How many waits are watched here. */
  get size(): number {
    return this.#waits.size;
  }

  /** Of the process that looks; undefined while there is nothing to watch. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Asks the server now and from then on regularly. */
  syncSoon(): void {
    if (this.#parts.signal.aborted) return;
    if (this.#syncing !== undefined) {
      this.#isSyncWanted = true;
      return;
    }
    this.#cancelTimer();
    this.#syncing = this.#sync().finally(() => {
      this.#syncing = undefined;
      if (this.#isSyncWanted) this.syncSoon();
    });
  }

  /** The process has died with all that it knew: the server is told that nothing is watched, and gives it out again. */
  #takeAgain(): void {
    for (const [waitId, { isFiring }] of this.#waits) if (!isFiring) this.#forget(waitId);
    this.syncSoon();
  }

  /** The session is no more: all waits are somebody else's. */
  drop(): void {
    const waitIds = [...this.#waits.keys()];
    this.#process.unwatch(waitIds);
    for (const waitId of waitIds) this.#forget(waitId);
    this.#logging.clear();
  }

  async stop(): Promise<void> {
    this.#cancelTimer();
    this.#cancelFlush?.();
    this.#cancelIdle?.();
    await this.#process.stop();
    await this.#syncing;
  }

  async #sync(): Promise<void> {
    const { clock, session, logger, signal } = this.#parts;
    this.#isSyncWanted = false;
    try {
      const current = await session.get();
      await this.#claim(current).catch((error: unknown) => {
        if (!isPolyflowError(error, "worker_lost") && !isPolyflowError(error, "not_authenticated")) throw error;
        return session.replace(current);
      });
      if (!signal.aborted) this.#cancelTimer = clock.schedule(current.heartbeatIntervalMs, () => this.syncSoon());
    } catch (error) {
      if (signal.aborted) return;
      logger.warn("the triggerer cannot ask for waits now", { error: String(error) });
      this.#cancelTimer = clock.schedule(5_000, () => this.syncSoon());
    }
  }

  async #claim(session: SessionAccess): Promise<void> {
    const { api, capacity } = this.#parts;
    for (;;) {
      const room = Math.min(CLAIM_AT_ONCE, Math.max(0, capacity - this.#waits.size));
      const { watch, gone } = await api.claimWaits(session, { waitIds: [...this.#waits.keys()], capacity: room });
      this.#process.unwatch(gone);
      for (const waitId of gone) this.#forget(waitId);
      await this.#take(watch);
      if (watch.length < CLAIM_AT_ONCE) return;
    }
  }

  async #take(claimed: readonly ClaimedWaitOrder[]): Promise<void> {
    const orders: WatchOrder[] = [];
    for (const wait of claimed) {
      const { waitId, trigger, elapsedMs, attempt, state } = wait;
      if (trigger.kind !== "poke" || this.#waits.has(waitId)) continue;
      const access: AttemptAccess = { attemptId: attempt.attemptId, token: attempt.token };
      try {
        const order: WatchOrder = {
          waitId,
          trigger,
          elapsedMs,
          order: await attemptOrder(attempt, this.#parts),
          ...(state === undefined ? {} : { state }),
        };
        this.#waits.set(waitId, { access, mask: undefined, lines: undefined, isFiring: false });
        this.#byAttempt.set(access.attemptId, waitId);
        orders.push(order);
      } catch (error) {
        if (this.#parts.signal.aborted) return;
        await this.#report(waitId, failure(isPolyflowError(error) ? error.message : String(error)));
      }
    }
    if (orders.length > 0) this.#process.watch(orders);
  }

  #hear(message: FromWatcher): void {
    if (message.kind === "fired") void this.#fire(message.waitId, message.event);
    if (message.kind === "wait_log") this.#keepLine(message.waitId, message.line);
  }

  async #fire(waitId: string, event: WaitEvent): Promise<void> {
    const watched = this.#waits.get(waitId);
    if (watched === undefined || watched.isFiring) return;
    watched.isFiring = true;
    await this.#sendLines(watched);
    await this.#report(waitId, watched.mask === undefined ? event : maskEvent(event, watched.mask));
    this.#forget(waitId);
  }

  async #report(waitId: string, event: WaitEvent): Promise<void> {
    const { api, clock, random, signal, session, logger } = this.#parts;
    try {
      await retrying({ clock, random, signal, forMs: Number.POSITIVE_INFINITY }, async () =>
        api.fireWait(await session.get(), waitId, event),
      );
    } catch (error) {
      if (signal.aborted || isPolyflowError(error, "attempt_superseded")) return;
      logger.error("what a wait found was refused by the server", { waitId, error: String(error) });
      // what a look found was not to be kept, but somebody waits for an answer
      if ("value" in event) await this.#report(waitId, failure(`The server refused what was found: ${String(error)}`));
    }
  }

  async #answer(attemptId: string, request: TaskRequest): Promise<TaskAnswer> {
    const watched = this.#waits.get(this.#byAttempt.get(attemptId) ?? "");
    if (watched === undefined) return { ok: false, code: "attempt_superseded", message: "Nobody waits any more." };
    const { api, clock, random, signal } = this.#parts;
    watched.mask ??= new SecretMask();
    return answerTaskRequest(request, { api, access: watched.access, mask: watched.mask, retry: { clock, random, signal } });
  }

  #keepLine(waitId: string, line: LogLine): void {
    const watched = this.#waits.get(waitId);
    if (watched === undefined) return;
    watched.lines ??= [];
    if (watched.lines.length >= MOST_LINES) return;
    watched.lines.push({ ...line, message: watched.mask?.apply(line.message) ?? line.message });
    this.#logging.add(watched);
    this.#cancelFlush ??= this.#parts.clock.schedule(FLUSH_LOGS_MS, () => {
      this.#cancelFlush = undefined;
      for (const each of this.#logging) void this.#sendLines(each);
    });
  }

  async #sendLines(watched: Watched): Promise<void> {
    const { lines } = watched;
    this.#logging.delete(watched);
    watched.lines = undefined;
    if (lines === undefined) return;
    const { api, logger } = this.#parts;
    await api
      .appendLogs(watched.access, lines)
      .catch((error: unknown) => logger.warn("lines of a wait were lost", { error: String(error) }));
  }

  #forget(waitId: string): void {
    const watched = this.#waits.get(waitId);
    if (watched === undefined) return;
    this.#waits.delete(waitId);
    this.#byAttempt.delete(watched.access.attemptId);
    if (this.#waits.size === 0) this.#stopIdleProcess();
  }

  /** Waits come and go; a process that is kept for the next one costs less than starting another. */
  #stopIdleProcess(): void {
    this.#cancelIdle?.();
    this.#cancelIdle = this.#parts.clock.schedule(IDLE_MS, () => {
      if (this.#waits.size === 0) void this.#process.stop();
    });
  }
}

function failure(message: string): WaitEvent {
  return { outcome: { kind: "failed", reason: "error", message: message.slice(0, 10_000) } };
}

function maskEvent(event: WaitEvent, mask: SecretMask): WaitEvent {
  if (!("outcome" in event)) return event;
  const { outcome } = event;
  if (outcome.kind === "skipped")
    return { outcome: outcome.reason === undefined ? outcome : { ...outcome, reason: mask.apply(outcome.reason) } };
  const stack = outcome.stack === undefined ? {} : { stack: mask.apply(outcome.stack) };
  return { outcome: { ...outcome, message: mask.apply(outcome.message), ...stack } };
}
