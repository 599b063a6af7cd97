import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { LOG_LEVELS, type LogLine } from "@polyflow/contracts";
import type { LineOffsets, LinePosition } from "./line-offsets.ts";

export interface LogPage {
  readonly lines: readonly LogLine[];
  /** Number of lines before and in this page: what to ask for next. */
  readonly next: number;
  /** Whether the file holds whole lines after this page. */
  readonly more: boolean;
}

/** How far one page goes, whichever limit comes first. */
export interface PageLimits {
  readonly maxLines: number;
  readonly maxBytes: number;
}

const CHUNK_BYTES = 256 * 1024;
const COUNT_CHUNK_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

/** Reads the lines after the first `after` ones. A file that is not there is an empty log. */
export async function readLogPage(
  path: string,
  after: number,
  options: { readonly offsets: LineOffsets; readonly limits: PageLimits },
): Promise<LogPage> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (isMissing(error)) return { lines: [], next: after, more: false };
    throw error;
  }
  try {
    const { size } = await file.stat();
    let start = options.offsets.nearest(path, after);
    if (start.offset > size) {
      options.offsets.forget(path);
      start = { line: 0, offset: 0 };
    }
    return await readFrom(file, { path, after, start, ...options });
  } finally {
    await file.close();
  }
}

/** A log that is open for reading. */
export interface LogFile {
  /** The whole lines after the first `after` ones, as they are written. */
  linesAfter(after: number): AsyncGenerator<Buffer>;
  parse(written: string): LogLine;
}

/** Reads a file by `work`, from the nearest place that is known; undefined where there is none. */
export async function withLogFile<Result>(
  path: string,
  offsets: LineOffsets,
  work: (file: LogFile) => Promise<Result>,
): Promise<Result | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    return await work({
      linesAfter: (after) => linesAfter(file, { path, after, offsets }),
      parse: (written) => parseLine(written, undefined),
    });
  } finally {
    await file.close();
  }
}

async function* linesAfter(
  file: FileHandle,
  { path, after, offsets }: { readonly path: string; readonly after: number; readonly offsets: LineOffsets },
): AsyncGenerator<Buffer> {
  let { line, offset } = offsets.nearest(path, after);
  for await (const bytes of wholeLines(file, offset)) {
    line += 1;
    offset += bytes.length + 1;
    if (line % 1000 === 0) offsets.remember(path, { line, offset });
    if (line > after) yield bytes;
  }
}

/** How many whole lines a file has. Read from the last place known on, so that asking again costs little; no file: none. */
export async function countLines(path: string, offsets: LineOffsets): Promise<number> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
  try {
    const { size } = await file.stat();
    let { line, offset } = offsets.nearest(path, Number.MAX_SAFE_INTEGER);
    if (offset > size) {
      offsets.forget(path);
      [line, offset] = [0, 0];
    }
    for await (const place of lineEnds(file, offset)) {
      line += 1;
      if (line % 1000 === 0) offsets.remember(path, { line, offset: place });
    }
    return line;
  } finally {
    await file.close();
  }
}

/** Bytes after which lines end, from `offset` on. */
async function* lineEnds(file: FileHandle, offset: number): AsyncGenerator<number> {
  const chunk = Buffer.allocUnsafe(COUNT_CHUNK_BYTES);
  for (let position = offset; ; ) {
    const { bytesRead } = await file.read(chunk, 0, chunk.length, position);
    if (bytesRead === 0) return;
    const bytes = chunk.subarray(0, bytesRead);
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, end + 1)) yield position + end + 1;
    position += bytesRead;
  }
}

interface Scan {
  readonly path: string;
  readonly after: number;
  readonly start: LinePosition;
  readonly offsets: LineOffsets;
  readonly limits: PageLimits;
}

async function readFrom(file: FileHandle, scan: Scan): Promise<LogPage> {
  const lines: LogLine[] = [];
  let { line, offset } = scan.start;
  let pageBytes = 0;
  for await (const bytes of wholeLines(file, offset)) {
    if (lines.length >= scan.limits.maxLines || pageBytes >= scan.limits.maxBytes) {
      scan.offsets.remember(scan.path, { line, offset });
      return { lines, next: line, more: true };
    }
    line += 1;
    offset += bytes.length + 1;
    if (line % 1000 === 0) scan.offsets.remember(scan.path, { line, offset });
    if (line <= scan.after) continue;
    pageBytes += bytes.length;
    lines.push(parseLine(bytes.toString("utf8"), lines.at(-1)?.at));
  }
  if (line > scan.start.line) scan.offsets.remember(scan.path, { line, offset });
  return { lines, next: Math.max(line, scan.after), more: false };
}

/** Lines that end in a newline, without it; what comes after the last newline is still being written. */
async function* wholeLines(file: FileHandle, offset: number): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  let position = offset;
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    const bytes = rest.length === 0 ? chunk.subarray(0, bytesRead) : Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE, from); end !== -1; end = bytes.indexOf(NEWLINE, from)) {
      yield bytes.subarray(from, end);
      from = end + 1;
    }
    rest = Buffer.from(bytes.subarray(from));
  }
}

/** A line that a crash tore is shown as it is rather than hiding the rest of the log. */
function parseLine(text: string, previousAt: string | undefined): LogLine {
  try {
    const parsed: unknown = JSON.parse(text);
    if (isLogLine(parsed)) return parsed;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return { at: previousAt ?? new Date(0).toISOString(), level: "warning", source: "system", message: `(torn line) ${text}` };
}

function isLogLine(value: unknown): value is LogLine {
  if (typeof value !== "object" || value === null) return false;
  if (!("at" in value && typeof value.at === "string" && "message" in value && typeof value.message === "string")) return false;
  const levels: readonly unknown[] = LOG_LEVELS;
  return "level" in value && levels.includes(value.level) && "source" in value && typeof value.source === "string";
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
