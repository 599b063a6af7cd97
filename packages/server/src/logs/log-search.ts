import { LOG_LEVELS, type LogLevel, type LogLine } from "@polyflow/contracts";
import type { LogFile } from "./log-reader.ts";

export interface LogSearch {
  /** In any case, under terminal colours; empty: every line. */
  readonly text: string;
  /** The least serious level that is looked for. */
  readonly level: LogLevel;
  /** Lines that were looked at already. */
  readonly after: number;
  /** Number of the last line to look at. */
  readonly until: number;
}

export interface FoundLine {
  /** From 1, in the whole log. */
  readonly number: number;
  readonly line: LogLine;
}

export interface LogSearchPage {
  readonly found: readonly FoundLine[];
  /** Lines looked at: what to go on after. */
  readonly next: number;
  readonly done: boolean;
}

/** How far one answer goes: who asks sees what was found so far, and no answer takes long. */
const MOST_FOUND = 1000;
const MOST_BYTES = 24 * 1024 * 1024;

/** Looks through lines until enough is found or enough was read. */
export async function searchLog(file: LogFile, { text, level, after, until }: LogSearch): Promise<LogSearchPage> {
  const found: FoundLine[] = [];
  const matches = matcher(text, level);
  let number = after;
  let bytes = 0;
  for await (const each of file.linesAfter(after)) {
    if (number >= until) return { found, next: number, done: true };
    if (found.length >= MOST_FOUND || bytes >= MOST_BYTES) return { found, next: number, done: false };
    number += 1;
    bytes += each.length;
    const line = matches(each);
    if (line !== undefined) found.push({ number, line: line });
  }
  return { found, next: number, done: true };

  function matcher(wanted: string, least: LogLevel): (raw: Buffer) => LogLine | undefined {
    const low = wanted.toLowerCase();
    const levels = new Set<LogLevel>(LOG_LEVELS.slice(LOG_LEVELS.indexOf(least)));
    const isPlain = low !== "" && !ESCAPED.test(low);
    return (raw) => {
      const written = raw.toString("utf8");
      // Most lines are refused as they stand, which is many times faster than reading their JSON.
      if (isPlain && !written.includes(COLOUR) && !written.toLowerCase().includes(low)) return undefined;
      const line = file.parse(written);
      if (!levels.has(line.level)) return undefined;
      return low === "" || line.message.replaceAll(ANSI, "").toLowerCase().includes(low) ? line : undefined;
    };
  }
}

/** What JSON writes otherwise than it is. */
// oxlint-disable-next-line no-control-regex
const ESCAPED = /["\\\u0000-\u001f\u007f-\u009f]/;
const COLOUR = "\\u001b";
// oxlint-disable-next-line no-control-regex
const ANSI = /\u001b\[[0-9;?]*[ -/]*[@-~]/g;
