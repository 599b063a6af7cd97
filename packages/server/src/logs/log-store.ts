import { constants, lstatSync } from "node:fs";
import { type FileHandle, mkdir, open, rm } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import type { LogLine } from "@polyflow/contracts";
import { type AttemptLocation, attemptLogPath, type CallbackLocation, runLogFolder } from "./attempt-log-path.ts";
import { LineOffsets } from "./line-offsets.ts";
import { countLines, type LogPage, type PageLimits, readLogPage, withLogFile } from "./log-reader.ts";
import { type LogSearch, type LogSearchPage, searchLog } from "./log-search.ts";
import { Gathering } from "./gathering.ts";
import { QUIET_LOGS_FILE, type QuietLog, QuietLogs, quietRecord } from "./quiet-logs.ts";

const DEFAULT_LIMITS: PageLimits = { maxLines: 5000, maxBytes: 1024 * 1024 };

/** What waits to be written to one file, and who waits for it. */
interface Pending {
  text: string;
  readonly done: PromiseWithResolvers<void>;
}

/** How long quiet logs wait for others of their run; nobody watches them. */
const GATHER_MS = 100;

/** A log that is longer gets a file of its own, whatever it says. */
const LONGEST_QUIET = 8_192;

/**
 * Logs of attempts as NDJSON files, one each, below one folder; those of attempts that have printed nothing stand together in a file of their
 * run until somebody reads them or they go on, since making a folder and a file takes longer than the rest of a short attempt. Lines are appended in the order in which they arrive and read by their
 * number, so that a reader can go on where it stopped. Lines of an attempt that is no longer current go to that attempt's own file.
 */
export class LogStore {
  readonly #directory: string;
  readonly #offsets = new LineOffsets();
  readonly #writing = new Map<string, Pending[]>();
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #quiet = new QuietLogs();
  /** Attempts whose lines are on their way into the file of their run, or out of it. */
  readonly #packing = new Map<string, Promise<void>>();
  readonly #unpacking = new Map<string, Promise<void>>();
  readonly #gathering = new Gathering(GATHER_MS);
  /** Files whose last line this process knows to be whole. */
  readonly #whole = new Set<string>();

  constructor(directory: string) {
    this.#directory = resolve(directory);
  }

  /** Appends the lines; resolves when the file has them. What arrives while a write is under way is written together. */
  append(location: AttemptLocation | CallbackLocation, lines: readonly LogLine[]): Promise<void> {
    if (lines.length === 0) return Promise.resolve();
    const path = this.#pathOf(location);
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    const log = this.#quietLogOf(location);
    const isAlone = !this.#whole.has(path) && !this.#writing.has(path) && !this.#packing.has(path);
    if (!isAlone || text.length > LONGEST_QUIET || lines.some((line) => line.source !== "system")) return this.#write(path, text, log);
    const packed = Promise.withResolvers<void>();
    this.#packing.set(path, packed.promise);
    return this.#pack({ log, path, text }, packed.resolve);
  }

  /** The lines after the first `after` ones. */
  async read(location: AttemptLocation | CallbackLocation, after: number, limits: Partial<PageLimits> = {}): Promise<LogPage> {
    return readLogPage(await this.#ownFile(location), after, { offsets: this.#offsets, limits: { ...DEFAULT_LIMITS, ...limits } });
  }

  /** Looks for lines in a part of the log; goes on after `next` until it is done. */
  async search(location: AttemptLocation, search: LogSearch): Promise<LogSearchPage> {
    const found = await withLogFile(await this.#ownFile(location), this.#offsets, (file) => searchLog(file, search));
    return found ?? { found: [], next: search.after, done: true };
  }

  /** How many lines there are. */
  async countLines(location: AttemptLocation | CallbackLocation): Promise<number> {
    return countLines(await this.#ownFile(location), this.#offsets);
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
    this.#gathering.end();
    await Promise.allSettled(this.#packing.values());
    await Promise.allSettled([...this.#writing.values()].flat().map((pending) => pending.done.promise));
  }

  /** Deletes all logs of a run; to delete what is not there is no error. */
  async deleteRun(dagId: string, runId: string): Promise<void> {
    const folder = join(this.#directory, runLogFolder(dagId, runId));
    this.#gathering.end();
    await Promise.all([...this.#packing].flatMap(([path, packing]) => (path.startsWith(folder + sep) ? packing : [])));
    for (const path of this.#whole) if (path.startsWith(folder + sep)) this.#whole.delete(path);
    this.#quiet.forget(join(folder, QUIET_LOGS_FILE));
    await rm(folder, { recursive: true, force: true });
  }

  #pathOf(location: AttemptLocation | CallbackLocation): string {
    return join(this.#directory, attemptLogPath(location));
  }

  #quietLogOf(location: AttemptLocation | CallbackLocation): QuietLog {
    const folder = join(this.#directory, runLogFolder(location.dagId, location.runId));
    return { file: join(folder, QUIET_LOGS_FILE), name: relative(folder, this.#pathOf(location)) };
  }

  /** The attempt's own file, made now where what it has stands in the file of its run. It need not be there: nothing was written yet. */
  async #ownFile(location: AttemptLocation | CallbackLocation): Promise<string> {
    const path = this.#pathOf(location);
    await this.#unpack(this.#quietLogOf(location), path);
    return path;
  }

  /** What is on its way into the file of the run comes first; and what comes later finds the attempt's own file. */
  async #unpack(log: QuietLog, path: string): Promise<void> {
    const packing = this.#packing.get(path);
    if (packing !== undefined) {
      this.#gathering.end();
      await packing;
    }
    if (isThere(path)) return;
    const unpacking = this.#unpacking.get(path) ?? this.#quiet.unpack(log, path).finally(() => this.#unpacking.delete(path));
    this.#unpacking.set(path, unpacking);
    await unpacking;
  }

  async #pack(
    { log, path, text }: { readonly log: QuietLog; readonly path: string; readonly text: string },
    settle: () => void,
  ): Promise<void> {
    try {
      await this.#unpacking.get(path);
      // Tasks of a run that end within moments are one write to its file.
      if (!this.#listeners.has(path)) await this.#gathering.wait();
      if (!isThere(path)) {
        await this.#write(log.file, quietRecord(log, text));
        return this.#tell(path);
      }
    } finally {
      this.#packing.delete(path);
      settle();
    }
    await this.#write(path, text);
  }

  /** @param log where else lines of the same attempt may stand */
  #write(path: string, text: string, log?: QuietLog): Promise<void> {
    const pending: Pending = { text, done: Promise.withResolvers() };
    const queue = this.#writing.get(path);
    if (queue === undefined) {
      this.#writing.set(path, [pending]);
      void this.#drain(path, log);
    } else {
      queue.push(pending);
    }
    return pending.done.promise;
  }

  #tell(path: string): void {
    for (const listener of this.#listeners.get(path) ?? []) listener();
  }

  async #drain(path: string, log: QuietLog | undefined): Promise<void> {
    let file: FileHandle | undefined;
    for (let batch = this.#takeBatch(path); batch.length > 0; batch = this.#takeBatch(path)) {
      try {
        file ??= await this.#openForAppend(path, log);
        await file.appendFile(batch.map((pending) => pending.text).join(""));
        for (const pending of batch) pending.done.resolve();
      } catch (error) {
        // A full disk tears the line that it cannot take: what comes next completes it before it goes on.
        this.#whole.delete(path);
        await file?.close();
        file = undefined;
        for (const pending of batch) pending.done.reject(error);
      }
      this.#tell(path);
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
  async #openForAppend(path: string, log: QuietLog | undefined): Promise<FileHandle> {
    if (this.#whole.has(path)) return open(path, APPEND_FLAGS, FILE_MODE);
    if (log !== undefined) await this.#unpack(log, path);
    await mkdir(dirname(path), { recursive: true, mode: 0o750 });
    const file = (await openNew(path)) ?? (await openExisting(path));
    if (this.#whole.size >= 10_000) this.#whole.clear();
    this.#whole.add(path);
    return file;
  }
}

const APPEND_FLAGS = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
const FILE_MODE = 0o640;

/** At once: through the thread pool the answer would take twenty times as long. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOTDIR") return false;
    // a link in a circle: opening it tells
    return true;
  }
}

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
