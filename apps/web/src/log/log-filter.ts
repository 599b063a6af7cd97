import type { LogLevel } from "@polyflow/contracts";
import type { LogLine } from "../api/tasks.ts";

/** Least to most serious. */
export const LEVELS: readonly LogLevel[] = ["debug", "info", "warning", "error", "critical"];

/** A line with its number in the whole log, which filters do not change. */
export interface NumberedLine {
  readonly number: number;
  readonly line: LogLine;
}

/**
 * Lines at least as serious as `least`.
 * @param before how many lines of the log stand before these
 */
export function linesFrom(lines: readonly LogLine[], least: LogLevel, before = 0): readonly NumberedLine[] {
  const shown = new Set(LEVELS.slice(LEVELS.indexOf(least)));
  const numbered: NumberedLine[] = [];
  lines.forEach((line, index) => {
    if (shown.has(line.level)) numbered.push({ number: before + index + 1, line });
  });
  return numbered;
}

const GROUP = /^::group::(.*)$/;
const END_GROUP = /^::endgroup::\s*$/;

/** The name of the group that a line opens; null for other lines. */
export function groupName(line: LogLine): string | null {
  return GROUP.exec(line.message)?.[1]?.trim() ?? null;
}

/** Leaves out what stands within closed groups, and the lines that end groups. A group is known by the number of its first line. */
export function foldGroups(shown: readonly NumberedLine[], closed: ReadonlySet<number>): readonly NumberedLine[] {
  if (!shown.some(({ line }) => groupName(line) !== null)) return shown;
  const open: number[] = [];
  return shown.filter(({ line, number }) => {
    const isHidden = open.some((group) => closed.has(group));
    if (groupName(line) !== null) {
      open.push(number);
      return !isHidden;
    }
    if (!END_GROUP.test(line.message)) return !isHidden;
    open.pop();
    return false;
  });
}

// oxlint-disable-next-line no-control-regex
const ANSI = /\u001b\[[0-9;?]*[ -/]*[@-~]/g;

/** A message as plain text, without colours. */
export function plainText(message: string): string {
  return message.replaceAll(ANSI, "");
}

/** Positions within `shown` of the lines that hold the text; upper and lower case are alike. */
export function findInLog(shown: readonly NumberedLine[], text: string): readonly number[] {
  const wanted = text.toLowerCase();
  if (wanted === "") return [];
  const found: number[] = [];
  shown.forEach(({ line }, index) => {
    if (plainText(line.message).toLowerCase().includes(wanted)) found.push(index);
  });
  return found;
}

/** The log as a text file: time in UTC, level, message. */
export function logText(lines: readonly LogLine[]): string {
  return lines.map((line) => `${line.at} ${line.level.toUpperCase().padEnd(8)} ${plainText(line.message)}\n`).join("");
}

/** Text cut at the places where `search` occurs, for marking them. */
export function splitAt(text: string, search: string): readonly { readonly text: string; readonly found: boolean }[] {
  if (search === "") return [{ text, found: false }];
  const pieces: { text: string; found: boolean }[] = [];
  const low = text.toLowerCase();
  const wanted = search.toLowerCase();
  let end = 0;
  for (let at = low.indexOf(wanted); at !== -1; at = low.indexOf(wanted, end)) {
    if (at > end) pieces.push({ text: text.slice(end, at), found: false });
    end = at + wanted.length;
    pieces.push({ text: text.slice(at, end), found: true });
  }
  if (end < text.length) pieces.push({ text: text.slice(end), found: false });
  return pieces;
}
