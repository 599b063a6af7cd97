import type { ChangeEvent } from "@polyflow/contracts";
import { parseChange } from "./affected-queries.ts";

/** `lostAt`: since when the page may show old data (milliseconds since the epoch); null while changes arrive. */
export interface LiveStatus {
  readonly lostAt: number | null;
}

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 15_000;

/** The page's one stream of changes: reconnects by itself and says when it had been away, since changes of that time are lost. */
export class LiveConnection {
  readonly #address: string;
  readonly #listeners = new Set<(event: ChangeEvent) => void>();
  readonly #statusListeners = new Set<() => void>();
  #source: EventSource | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #retryMs = FIRST_RETRY_MS;
  #status: LiveStatus = { lostAt: null };

  constructor(address: string) {
    this.#address = address;
  }

  get status(): LiveStatus {
    return this.#status;
  }

  /** Calls back for every change; a `resync` after each reconnection. */
  readonly onChange = (listener: (event: ChangeEvent) => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly onStatus = (listener: () => void): (() => void) => {
    this.#statusListeners.add(listener);
    return () => this.#statusListeners.delete(listener);
  };

  start(): void {
    if (this.#source) return;
    const source = new EventSource(this.#address);
    this.#source = source;
    source.addEventListener("open", () => this.#opened());
    source.addEventListener("change", (event) => {
      const change = parseChange(event.data);
      if (change) this.#emit(change);
    });
    source.addEventListener("error", () => this.#lost(source));
  }

  stop(): void {
    clearTimeout(this.#retry);
    this.#source?.close();
    this.#source = null;
  }

  #opened(): void {
    this.#retryMs = FIRST_RETRY_MS;
    if (this.#status.lostAt === null) return;
    this.#set({ lostAt: null });
    this.#emit({ kind: "resync" });
  }

  /** The browser reconnects by itself after a broken stream, but gives up after an error answer (a restarting server's proxy). */
  #lost(source: EventSource): void {
    if (this.#status.lostAt === null) this.#set({ lostAt: Date.now() });
    if (source.readyState !== EventSource.CLOSED) return;
    this.#source = null;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.start(), this.#retryMs);
    this.#retryMs = Math.min(LONGEST_RETRY_MS, this.#retryMs * 2);
  }

  #emit(event: ChangeEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #set(status: LiveStatus): void {
    this.#status = status;
    for (const listener of this.#statusListeners) listener();
  }
}
