import { DATE_METHODS } from "./date-methods.ts";

/** Names that hold dates: what follows them with a dot is asked of a date. */
const DATE_NAMES: ReadonlySet<string> = new Set([
  "logical_date",
  "execution_date",
  "data_interval_start",
  "data_interval_end",
  "run_after",
  "prev_start_date_success",
  "prev_end_date_success",
  "start_date",
  "queued_at",
  "prev_data_interval_start_success",
  "prev_data_interval_end_success",
]);
/** Names that no data has: these are methods of dates wherever they stand. */
const ONLY_OF_DATES: ReadonlySet<string> = new Set(["strftime", "isoformat", "in_timezone", "in_tz"]);

const RAW = /\{%-?\s*raw\s*-?%\}[\s\S]*?\{%-?\s*endraw\s*-?%\}/;
const TAG = new RegExp(`${RAW.source}|\\{#[\\s\\S]*?#\\}|\\{\\{[\\s\\S]*?\\}\\}|\\{%[\\s\\S]*?%\\}`, "g");
const TOKEN = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[A-Za-z_]\w*|\s+|[\s\S]/g;

/**
 * Templates know dates as texts, which have no methods; so `logical_date.strftime("%Y")` is read as `logical_date | strftime("%Y")`.
 * and `logical_date + macros.timedelta(days=1)` as `logical_date | plus_timedelta(days=1)`.
 * Text outside of tags, string constants, comments and raw blocks stay as they are.
 * @example readDateMethods("{{ logical_date.add(days=1).year }}"); // "{{ logical_date|add(days=1)|year }}"
 */
export function readDateMethods(template: string): string {
  return template.replaceAll(TAG, (tag) => (tag.startsWith("{#") || RAW.test(tag) ? tag : rewriteTag(readSums(tag))));
}

/** `date + macros.timedelta(days=1)`; string constants are stepped over. */
const SUM =
  /('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|\s*([+-])\s*macros\.(timedelta|datetime\.timedelta|dateutil\.relativedelta\.relativedelta)\(/g;

/** Texts cannot be added to: what is added to a date becomes a filter of it. */
function readSums(tag: string): string {
  return tag.replaceAll(SUM, (written, text: string | undefined, sign: string, macro: string) => {
    if (text !== undefined) return written;
    if (macro.startsWith("dateutil")) return sign === "+" ? "|add(" : "|subtract(";
    return sign === "+" ? "|plus_timedelta(" : "|minus_timedelta(";
  });
}

function rewriteTag(tag: string): string {
  const tokens = tag.match(TOKEN) ?? [];
  let isDate = false;
  /** For each open bracket, whether what stands before it is a date. */
  const brackets: boolean[] = [];
  let text = "";
  for (const [index, token] of tokens.entries()) {
    const next = tokens[index + 1] ?? "";
    if (token === "." && Object.hasOwn(DATE_METHODS, next) && (isDate || ONLY_OF_DATES.has(next))) {
      text += "|";
      isDate = true;
      continue;
    }
    text += token;
    if (token === "(") brackets.push(isDate);
    else if (token === ")") isDate = brackets.pop() ?? false;
    else if (DATE_NAMES.has(token)) isDate = true;
    else if (!Object.hasOwn(DATE_METHODS, token) || tokens[index - 1] !== ".") isDate = false;
  }
  return text;
}
