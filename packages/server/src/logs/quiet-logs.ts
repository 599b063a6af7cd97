import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, link, mkdir, open, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** Beside the folders of a run's tasks: what attempts that printed nothing left in their logs. A line is `[path below the run, text]` as JSON. */
export const QUIET_LOGS_FILE = "quiet-attempts.ndjson";

const FILE_MODE = 0o640;
const FOLDER_MODE = 0o750;
const CHUNK_BYTES = 256 * 1024;
const MOST_INDEXES = 8;
const NEWLINE = 0x0a;

interface Place {
  readonly offset: number;
  readonly bytes: number;
}

/** Where the lines of a file are, as far as it was read. */
interface Index {
  readUpTo: number;
  readonly places: Map<string, Place[]>;
}

/** One attempt's log in the file of its run. */
export interface QuietLog {
  /** Absolute path of the run's file. */
  readonly file: string;
  /** Path of the attempt's own file below the run's folder. */
  readonly name: string;
}

/** The line of an attempt in the file of its run. */
export function quietRecord({ name }: QuietLog, text: string): string {
  return `${JSON.stringify([name, text])}\n`;
}

/** Finds in the files of runs what attempts have there. What has been read is remembered, and only what was added is read again. */
export class QuietLogs {
  /** The one used last stands last. */
  readonly #indexes = new Map<string, Index>();

  /** Gives an attempt a file of its own with what is found of it, all at once; leaves one that is there. */
  async unpack(log: QuietLog, path: string): Promise<void> {
    const text = await this.#find(log);
    if (text === "") return;
    const part = `${log.file}.${randomUUID()}.part`;
    try {
      await writeNew(part, text);
      await mkdir(dirname(path), { recursive: true, mode: FOLDER_MODE });
      await link(part, path).catch((error: unknown) => {
        if (!hasCode(error, "EEXIST")) throw error;
      });
    } finally {
      await rm(part, { force: true });
    }
  }

  /** The run is gone. */
  forget(file: string): void {
    this.#indexes.delete(file);
  }

  async #find({ file, name }: QuietLog): Promise<string> {
    let handle: FileHandle;
    try {
      handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
    } catch (error) {
      if (!hasCode(error, "ENOENT")) throw error;
      this.forget(file);
      return "";
    }
    try {
      const places = (await this.#indexOf(file, handle)).places.get(name) ?? [];
      const texts: string[] = [];
      for (const place of places) texts.push(parseRecord(await readPlace(handle, place))?.[1] ?? "");
      return texts.join("");
    } finally {
      await handle.close();
    }
  }

  async #indexOf(file: string, handle: FileHandle): Promise<Index> {
    const { size } = await handle.stat();
    const known = this.#indexes.get(file);
    const index = known === undefined || known.readUpTo > size ? { readUpTo: 0, places: new Map<string, Place[]>() } : known;
    this.#indexes.delete(file);
    this.#indexes.set(file, index);
    for (const oldest of this.#indexes.keys()) if (this.#indexes.size > MOST_INDEXES) this.#indexes.delete(oldest);
    if (size > index.readUpTo) await extend(index, handle);
    return index;
  }
}

/** Reads on; a line without its end is still being written. */
async function extend(index: Index, handle: FileHandle): Promise<void> {
  let rest = Buffer.alloc(0);
  for (let position = index.readUpTo; ; ) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    rest = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
    let from = 0;
    for (let end = rest.indexOf(NEWLINE); end !== -1; end = rest.indexOf(NEWLINE, from)) {
      note(index, rest.subarray(from, end));
      from = end + 1;
    }
    rest = rest.subarray(from);
  }
}

function note(index: Index, line: Buffer): void {
  const [name] = parseRecord(line) ?? [];
  const place = { offset: index.readUpTo, bytes: line.length };
  index.readUpTo += line.length + 1;
  if (name === undefined) return;
  const places = index.places.get(name);
  if (places === undefined) index.places.set(name, [place]);
  else places.push(place);
}

/** Undefined for a line that a crash has torn. */
function parseRecord(line: Buffer): readonly [string, string] | undefined {
  try {
    const parsed: unknown = JSON.parse(line.toString("utf8"));
    if (!Array.isArray(parsed)) return undefined;
    const [name, text] = parsed as readonly unknown[];
    return typeof name === "string" && typeof text === "string" ? [name, text] : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function readPlace(handle: FileHandle, { offset, bytes }: Place): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  await handle.read(buffer, 0, bytes, offset);
  return buffer;
}

async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, "wx", FILE_MODE);
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
