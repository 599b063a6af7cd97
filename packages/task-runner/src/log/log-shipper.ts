import type { LogLine } from "@polyflow/contracts";
import type { Clock } from "@polyflow/service-kit";

const FLUSH_INTERVAL_MS = 100;
const FLUSH_BYTES = 65_536;
const LINES_PER_CALL = 5_000;
const BYTES_PER_CALL = 262_144;
/** Lines waiting for the server: at the first figure the task has to wait when it prints, at the second it goes on. */
const PRESSURE_ON_BYTES = 4_194_304;
const PRESSURE_OFF_BYTES = 1_048_576;

export interface LogShipperParts {
  readonly clock: Clock;
  /** Stores lines; resolves when that is done, or given up for good. */
  readonly ship: (lines: readonly LogLine[]) => Promise<void>;
  /** Asks to stop or to go on reading what the task prints. */
  readonly onPressure: (high: boolean) => void;
}

/** Sends lines in batches, in order, one call at a time. The first line of a task goes at once, so that watching a log feels immediate. */
export class LogShipper {
  readonly #parts: LogShipperParts;
  #waiting: LogLine[] = [];
  #waitingBytes = 0;
  #cancelTimer: (() => void) | undefined;
  #inFlight: Promise<void> | undefined;
  #sentTaskLine = false;
  #drain = false;
  #pressure = false;

  constructor(parts: LogShipperParts) {
    this.#parts = parts;
  }

  /** More lines are waiting than should be. */
  get isUnderPressure(): boolean {
    return this.#pressure;
  }

  add(line: LogLine): void {
    this.#waiting.push(line);
    this.#waitingBytes += line.message.length + 64;
    if (!this.#pressure && this.#waitingBytes >= PRESSURE_ON_BYTES) this.#setPressure(true);
    const firstOfTask = !this.#sentTaskLine && line.source !== "system";
    if (firstOfTask) this.#sentTaskLine = true;
    // a call in flight is followed by the next one by itself
    if (this.#inFlight !== undefined) return;
    if (firstOfTask || this.#waitingBytes >= FLUSH_BYTES) this.#flushAfter(0);
    else if (this.#cancelTimer === undefined) this.#flushAfter(FLUSH_INTERVAL_MS);
  }

  /** Sends what is waiting; resolves when all of it has been dealt with. */
  async flush(): Promise<void> {
    this.#drain = true;
    await this.#inFlight;
    if (this.#waiting.length > 0) await this.#send();
    this.#drain = false;
  }

  #flushAfter(delayMs: number): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#parts.clock.schedule(delayMs, () => void this.#send());
  }

  #send(): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#inFlight ??= this.#sendBatches().finally(() => {
      this.#inFlight = undefined;
      if (this.#waiting.length > 0) this.#flushAfter(FLUSH_INTERVAL_MS);
    });
    return this.#inFlight;
  }

  async #sendBatches(): Promise<void> {
    do {
      await this.#parts.ship(this.#takeBatch());
      if (this.#pressure && this.#waitingBytes <= PRESSURE_OFF_BYTES) this.#setPressure(false);
    } while (this.#waiting.length > 0 && (this.#drain || this.#waitingBytes >= FLUSH_BYTES));
  }

  #takeBatch(): readonly LogLine[] {
    let bytes = 0;
    let count = 0;
    for (const line of this.#waiting) {
      if (count >= LINES_PER_CALL || (count > 0 && bytes >= BYTES_PER_CALL)) break;
      bytes += line.message.length + 64;
      count += 1;
    }
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, count);
  }

  #setPressure(high: boolean): void {
    this.#pressure = high;
    this.#parts.onPressure(high);
  }
}
