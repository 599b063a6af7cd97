import type { Clock, Logger } from "@polyflow/service-kit";

export interface ScanProgressOptions {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A scan with fewer files is over before anybody asks. */
const FEWEST_FILES = 100;
const TELL_EVERY_MS = 2_000;

/** Says in the log how far the reading of many files has come, and when it has ended. */
export class ScanProgress {
  readonly #options: ScanProgressOptions;
  #readCount = 0;
  #beganMs = 0;
  #toldMs = 0;

  constructor(options: ScanProgressOptions) {
    this.#options = options;
  }

  /** So many more files were read and published, and so many are still to come. */
  add(readCount: number, waiting: number): void {
    const { clock, logger } = this.#options;
    const nowMs = clock.monotonicMs();
    if (this.#readCount === 0) this.#beganMs = this.#toldMs = nowMs;
    this.#readCount += readCount;
    const isOver = waiting === 0;
    const facts = { read: this.#readCount, waiting, tookMs: Math.round(nowMs - this.#beganMs) };
    if (!isOver && nowMs - this.#toldMs < TELL_EVERY_MS) return;
    this.#toldMs = nowMs;
    if (this.#readCount >= FEWEST_FILES) logger.info(isOver ? "DAG files were read" : "DAG files are being read", facts);
    if (isOver) this.#readCount = 0;
  }
}
