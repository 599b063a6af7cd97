import type { ChangeEvent } from "@polyflow/contracts";
import type { Clock } from "@polyflow/service-kit";

/** Where a client's events go: a stream to a browser. */
export interface EventSink {
  write(text: string): void;
  /** Bytes that the other side has not taken yet. */
  readonly waitingBytes: number;
  end(): void;
}

/** At most this many messages in a second; more become one `resync`. */
export const MESSAGES_PER_SECOND = 20;
/** Events are gathered this long, so that three changes of one task are one message. */
const GATHER_MS = 50;
/** With more than this waiting in the socket nothing more is written until it drains. */
const MAX_WAITING_BYTES = 64 * 1024;

/**
 * One reader of the event stream. Whatever happens, what is held for it is bounded: events on the same object replace each other, and
 * a reader who does not keep up is told to look at everything (`resync`) instead of getting each event.
 */
export class EventClient {
  readonly #sink: EventSink;
  readonly #clock: Clock;
  readonly #pending = new Map<string, ChangeEvent>();
  #windowStart = Number.NEGATIVE_INFINITY;
  #sentInWindow = 0;
  #overflowed = false;
  #cancelFlush: (() => void) | undefined;

  constructor(sink: EventSink, clock: Clock) {
    this.#sink = sink;
    this.#clock = clock;
  }

  offer(event: ChangeEvent): void {
    if (event.kind === "resync" || this.#pending.size >= MESSAGES_PER_SECOND) {
      this.#overflowed = true;
      this.#pending.clear();
    }
    if (!this.#overflowed) {
      const key = keyOf(event);
      // Out and in again: the newest event stands last.
      this.#pending.delete(key);
      this.#pending.set(key, event);
    }
    this.#cancelFlush ??= this.#clock.schedule(GATHER_MS, () => this.#flush());
  }

  /** A comment line that keeps proxies from closing the stream. */
  heartbeat(): void {
    if (this.#sink.waitingBytes <= MAX_WAITING_BYTES) this.#sink.write(": alive\n\n");
  }

  close(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    this.#pending.clear();
    this.#sink.end();
  }

  #flush(): void {
    this.#cancelFlush = undefined;
    const now = this.#clock.monotonicMs();
    if (now - this.#windowStart >= 1000) {
      this.#windowStart = now;
      this.#sentInWindow = 0;
    }
    const windowEndsIn = this.#windowStart + 1000 - now;
    // The last message of a second is kept for `resync`.
    if (this.#overflowed || this.#sentInWindow + this.#pending.size > MESSAGES_PER_SECOND - 1) {
      this.#pending.clear();
      this.#overflowed = true;
      if (this.#sentInWindow >= MESSAGES_PER_SECOND || this.#sink.waitingBytes > MAX_WAITING_BYTES) {
        this.#cancelFlush = this.#clock.schedule(Math.max(windowEndsIn, GATHER_MS), () => this.#flush());
        return;
      }
      this.#overflowed = false;
      // The rest of the second is quiet: what happens in it leads to one more `resync` at its end.
      this.#sentInWindow = MESSAGES_PER_SECOND;
      this.#send({ kind: "resync" });
      return;
    }
    if (this.#sink.waitingBytes > MAX_WAITING_BYTES) {
      this.#overflowed = true;
      this.#pending.clear();
      this.#cancelFlush = this.#clock.schedule(1000, () => this.#flush());
      return;
    }
    this.#sentInWindow += this.#pending.size;
    for (const event of this.#pending.values()) this.#send(event);
    this.#pending.clear();
  }

  #send(event: ChangeEvent): void {
    this.#sink.write(`event: change\ndata: ${JSON.stringify(event)}\n\n`);
  }
}

/** Events with the same key are about the same object; the later one replaces the earlier. */
function keyOf(event: ChangeEvent): string {
  switch (event.kind) {
    case "dag":
    case "dag_removed":
      return `dag ${event.dagId}`;
    case "asset_event":
      return `asset_event ${event.assetId}`;
    case "backfill":
      return `backfill ${event.backfillId}`;
    case "run":
      return `run ${event.runKey}`;
    case "task_instance":
      return `task_instance ${event.taskInstanceId}`;
    case "load_report":
      return `load_report ${event.dagId} ${event.runId} ${event.taskId}`;
    case "import_errors":
    case "resync":
      return event.kind;
  }
}
