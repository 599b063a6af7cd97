import { constants } from "node:fs";
import { type FileHandle, mkdir, open, rm } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import type { LogLine } from "@polyflow/contracts";
import { type AttemptLocation, attemptLogPath, type CallbackLocation, runLogFolder } from "./attempt-log-path.ts";
import { LineOffsets } from "./line-offsets.ts";
import { countLines, type LogPage, type PageLimits, readLogPage, withLogFile } from "./log-reader.ts";
import { type LogSearch, type LogSearchPage, searchLog } from "./log-search.ts";

const DEFAULT_LIMITS: PageLimits = { maxLines: 5000, maxBytes: 1024 * 1024 };

/** What waits to be written to one file, and who waits for it. */
interface Pending {
  text: string;
  readonly done: PromiseWithResolvers<void>;
}

/**
 * Logs of attempts as NDJSON files, one each, below one folder. Lines are appended in the order in which they arrive and read by their
 * number, so that a reader can go on where it stopped. Lines of an attempt that is no longer current go to that attempt's own file.
 */
export class LogStore {
  readonly #directory: string;
  readonly #offsets = new LineOffsets();
  readonly #writing = new Map<string, Pending[]>();
  readonly #listeners = new Map<string, Set<() => void>>();
  /** Files whose last line this process knows to be whole. */
  readonly #whole = new Set<string>();

  constructor(directory: string) {
    this.#directory = resolve(directory);
  }

  /** Appends the lines; resolves when the file has them. What arrives while a write is under way is written together. */
  append(location: AttemptLocation | CallbackLocation, lines: readonly LogLine[]): Promise<void> {
    if (lines.length === 0) return Promise.resolve();
    const path = this.#pathOf(location);
    const pending: Pending = { text: lines.map((line) => `${JSON.stringify(line)}\n`).join(""), done: Promise.withResolvers() };
    const queue = this.#writing.get(path);
    if (queue === undefined) {
      this.#writing.set(path, [pending]);
      void this.#drain(path);
    } else {
      queue.push(pending);
    }
    return pending.done.promise;
  }

  /** The lines after the first `after` ones. */
  read(location: AttemptLocation | CallbackLocation, after: number, limits: Partial<PageLimits> = {}): Promise<LogPage> {
    return readLogPage(this.#pathOf(location), after, { offsets: this.#offsets, limits: { ...DEFAULT_LIMITS, ...limits } });
  }

  /** Looks for lines in a part of the log; goes on after `next` until it is done. */
  async search(location: AttemptLocation, search: LogSearch): Promise<LogSearchPage> {
    const found = await withLogFile(this.#pathOf(location), this.#offsets, (file) => searchLog(file, search));
    return found ?? { found: [], next: search.after, done: true };
  }

  /** How many lines there are. */
  countLines(location: AttemptLocation | CallbackLocation): Promise<number> {
    return countLines(this.#pathOf(location), this.#offsets);
  }

  /** Calls the listener after each append through this process. @returns unsubscribe. */
  subscribe(location: AttemptLocation | CallbackLocation, listener: () => void): () => void {
    const path = this.#pathOf(location);
    const listeners = this.#listeners.get(path) ?? new Set();
    this.#listeners.set(path, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(path);
    };
  }

  /** Resolves when all that was accepted has been written. */
  async flush(): Promise<void> {
    await Promise.allSettled([...this.#writing.values()].flat().map((pending) => pending.done.promise));
  }

  /** Deletes all logs of a run; to delete what is not there is no error. */
  async deleteRun(dagId: string, runId: string): Promise<void> {
    const folder = join(this.#directory, runLogFolder(dagId, runId));
    for (const path of this.#whole) if (path.startsWith(folder + sep)) this.#whole.delete(path);
    await rm(folder, { recursive: true, force: true });
  }

  #pathOf(location: AttemptLocation | CallbackLocation): string {
    return join(this.#directory, attemptLogPath(location));
  }

  async #drain(path: string): Promise<void> {
    let file: FileHandle | undefined;
    for (let batch = this.#takeBatch(path); batch.length > 0; batch = this.#takeBatch(path)) {
      try {
        file ??= await this.#openForAppend(path);
        await file.appendFile(batch.map((pending) => pending.text).join(""));
        for (const pending of batch) pending.done.resolve();
      } catch (error) {
        // A full disk tears the line that it cannot take: what comes next completes it before it goes on.
        this.#whole.delete(path);
        await file?.close();
        file = undefined;
        for (const pending of batch) pending.done.reject(error);
      }
      for (const listener of this.#listeners.get(path) ?? []) listener();
    }
    await file?.close();
  }

  /** All that waits; when nothing does, the file counts as at rest. */
  #takeBatch(path: string): readonly Pending[] {
    const queue = this.#writing.get(path) ?? [];
    const batch = queue.splice(0);
    if (batch.length === 0) this.#writing.delete(path);
    return batch;
  }

  /** Few steps, since most attempts write once: a file that is new has no torn line to look for. */
  async #openForAppend(path: string): Promise<FileHandle> {
    if (this.#whole.has(path)) return open(path, APPEND_FLAGS, FILE_MODE);
    await mkdir(dirname(path), { recursive: true, mode: 0o750 });
    const file = (await openNew(path)) ?? (await openExisting(path));
    if (this.#whole.size >= 10_000) this.#whole.clear();
    this.#whole.add(path);
    return file;
  }
}

const APPEND_FLAGS = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
const FILE_MODE = 0o640;

/** Undefined when the file is there already. */
async function openNew(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, APPEND_FLAGS | constants.O_EXCL, FILE_MODE);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return undefined;
    throw error;
  }
}

async function openExisting(path: string): Promise<FileHandle> {
  const file = await open(path, APPEND_FLAGS, FILE_MODE);
  try {
    await completeLastLine(file);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** A crash may have torn the last line; without a newline the next one would be glued to it. */
async function completeLastLine(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  if (size === 0) return;
  const last = Buffer.alloc(1);
  await file.read(last, 0, 1, size - 1);
  if (last.toString() !== "\n") await file.appendFile("\n");
}
