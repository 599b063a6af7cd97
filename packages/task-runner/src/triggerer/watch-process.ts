import type { Clock, Logger } from "@polyflow/service-kit";
import { pause } from "../api/retry.ts";
import type { ProcessReaper } from "../process/process-reaper.ts";
import type { ProcessExit, TaskProcess } from "../process/task-process.ts";
import type { FromWatcher, TaskAnswer, TaskRequest, WatchOrder } from "../protocol/messages.ts";

/** A process that has not answered for this long is killed: some look keeps its thread, and all other waits. */
const SILENT_MS = 60_000;
const PING_MS = 10_000;
/** After a process died, looks are made one at a time for as long, so that the one that kills is found. */
const CAREFUL_MS = 10 * 60_000;
const FIRST_RESTART_MS = 500;
const LONGEST_RESTART_MS = 30_000;
const ORDERS_PER_MESSAGE = 100;

export interface WatchProcessParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly reaper: ProcessReaper;
  readonly signal: AbortSignal;
  /** Undefined when the machine gives no process now. */
  readonly spawn: () => TaskProcess | undefined;
  /** A process has died with all that it was to watch: it is to be handed over again. */
  readonly onDied: () => void;
  readonly onMessage: (message: FromWatcher) => void;
  readonly onRequest: (attemptId: string, request: TaskRequest) => Promise<TaskAnswer>;
  /** A look has ended two processes. */
  readonly onCulprit: (waitId: string) => void;
  readonly silentMs?: number;
  readonly pingMs?: number;
}

/** The one process in which all waits of a worker are looked at; started when there is something to watch, and again when it died. */
export class WatchProcess {
  readonly #parts: WatchProcessParts;
  #process: TaskProcess | undefined;
  /** What a process that is starting gets when it is ready. */
  #pending: WatchOrder[] = [];
  #isStarting = false;
  #deaths = 0;
  /** Before it no process is started: one that dies at once would be started again and again. */
  #earliestStartMs = 0;
  #looking: string | undefined;
  #heardAtMs = 0;
  #cancelPing: () => void = () => undefined;
  #cancelCareful: () => void = () => undefined;

  constructor(parts: WatchProcessParts) {
    this.#parts = parts;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Hands over further waits. They are kept here only until the process has them. */
  watch(orders: readonly WatchOrder[]): void {
    if (this.#process !== undefined) return this.#send(this.#process, orders);
    for (const order of orders) this.#pending.push(order);
    this.#startSoon();
  }

  unwatch(waitIds: readonly string[]): void {
    if (waitIds.length === 0) return;
    const given = new Set(waitIds);
    this.#pending = this.#pending.filter(({ waitId }) => !given.has(waitId));
    this.#process?.send({ kind: "unwatch", waitIds });
  }

  /** Ends the process; the next `watch` starts another one. */
  async stop(): Promise<void> {
    const process = this.#process;
    this.#letGo();
    this.#pending = [];
    if (process !== undefined) await this.#parts.reaper.kill(process);
  }

  #startSoon(): void {
    const { clock, signal, logger } = this.#parts;
    if (this.#isStarting) return;
    this.#isStarting = true;
    void pause(clock, Math.max(0, this.#earliestStartMs - clock.monotonicMs()), signal)
      .then(() => (signal.aborted ? undefined : this.#start()))
      .catch((error: unknown) => logger.error("the process of the triggerer could not be started", { error: String(error) }))
      .finally(() => {
        this.#isStarting = false;
        if (this.#process === undefined && !signal.aborted && this.#pending.length > 0) this.#startSoon();
      });
  }

  async #start(): Promise<void> {
    const process = this.#parts.spawn();
    if (process === undefined || !(await process.ready)) return this.#countDeath();
    this.#process = process;
    process.listen({
      onRequest: (message) =>
        void this.#parts
          .onRequest(message.attemptId, message.request)
          .then((answer) => process.send({ kind: "answer", id: message.id, answer })),
      onResult: () => undefined,
      onLateError: (message) => this.#parts.logger.warn("an error came from a look after its end", { error: message.message }),
      onWatcher: (message) => this.#hear(message),
      onExit: (exit) => this.#died(process, exit),
    });
    if (!process.isAlive) return this.#died(process, await process.exited);
    if (this.#deaths > 0) this.#beCareful(process);
    this.#heardAtMs = this.#parts.clock.monotonicMs();
    this.#pingLater(process);
    this.#send(process, this.#pending);
    this.#pending = [];
  }

  #send(process: TaskProcess, orders: readonly WatchOrder[]): void {
    for (let from = 0; from < orders.length; from += ORDERS_PER_MESSAGE)
      process.send({ kind: "watch", orders: orders.slice(from, from + ORDERS_PER_MESSAGE) });
  }

  #hear(message: FromWatcher): void {
    this.#heardAtMs = this.#parts.clock.monotonicMs();
    if (message.kind === "looking") this.#looking = message.waitId;
    this.#parts.onMessage(message);
  }

  #pingLater(process: TaskProcess): void {
    const { clock, logger, reaper, silentMs = SILENT_MS, pingMs = PING_MS } = this.#parts;
    this.#cancelPing = clock.schedule(pingMs, () => {
      if (clock.monotonicMs() - this.#heardAtMs > silentMs) {
        logger.error("the process of the triggerer does not answer: a look keeps its thread; it is killed", { pid: process.pid });
        void reaper.kill(process);
        return;
      }
      process.send({ kind: "ping" });
      this.#pingLater(process);
    });
  }

  #beCareful(process: TaskProcess): void {
    process.send({ kind: "careful", isCareful: true });
    this.#cancelCareful();
    this.#cancelCareful = this.#parts.clock.schedule(CAREFUL_MS, () => {
      this.#deaths = 0;
      this.#process?.send({ kind: "careful", isCareful: false });
    });
  }

  #died(process: TaskProcess, exit: ProcessExit): void {
    if (this.#process !== process) return;
    const culprit = this.#looking;
    this.#countDeath();
    this.#letGo();
    if (this.#parts.signal.aborted) return;
    this.#parts.logger.error("the process of the triggerer died; its waits are taken over by another", { exit: JSON.stringify(exit) });
    if (culprit !== undefined) this.#parts.onCulprit(culprit);
    this.#parts.onDied();
  }

  #countDeath(): void {
    this.#deaths += 1;
    const pauseMs = Math.min(FIRST_RESTART_MS * 2 ** Math.min(this.#deaths, 10), LONGEST_RESTART_MS);
    this.#earliestStartMs = this.#parts.clock.monotonicMs() + pauseMs;
  }

  #letGo(): void {
    this.#cancelPing();
    this.#cancelCareful();
    this.#process?.listen(undefined);
    this.#process = undefined;
    this.#looking = undefined;
  }
}
