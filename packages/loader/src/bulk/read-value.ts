import type { EntityColumn } from "@polyflow/metadata-model";
import { isIsoMoment } from "../preview/date-reader.ts";
import type { BulkKind, BulkType } from "./bulk-type.ts";
import { compareDecimals, plainDecimal, roundedDecimal } from "./plain-decimal.ts";

/**
 * The text that the database converts into the type of a column without guessing; undefined when the text is none of that type. Dates are
 * `2024-12-31`, times `23:59:59.5`, instants `2024-12-31 23:59:59 +03:00`.
 */
export function readValue(text: string, type: BulkType, column: Pick<EntityColumn, "defaultTimezone">): string | undefined {
  return READERS[type.kind](text, type, column.defaultTimezone ?? "UTC");
}

type Reader = (text: string, type: BulkType, timezone: string) => string | undefined;

const READERS: { readonly [kind in BulkKind]: Reader } = {
  text: (text, { length }) => (length !== undefined && Array.from(text).length > length ? undefined : text),
  other: (text) => text,
  integer: (text, type) => readInteger(text.trim(), type),
  decimal: (text, { digits }) => (digits === undefined ? plainDecimal(text) : roundedDecimal(text, digits)),
  float: (text) => (plainDecimal(text) === undefined ? undefined : text.trim()),
  boolean: (text) => BOOLEANS[text.trim().toLowerCase()],
  uuid: (text) => (UUID.test(text.trim()) ? text.trim().toLowerCase() : undefined),
  date: (text) => momentOf(text)?.date,
  time: (text) => (isIsoMoment(text, "time") ? withSeconds(text) : undefined),
  timestamp: (text) => {
    const moment = momentOf(text);
    return moment === undefined ? undefined : `${moment.date} ${moment.time}`;
  },
  instant: (text, _type, timezone) => readInstant(text, timezone),
};

/** Below, equal or above 0; undefined where the kind has no order that a bound could mean. */
export function compareValues(left: string, right: string, kind: BulkKind): number | undefined {
  if (kind === "integer" || kind === "decimal" || kind === "float") return compareDecimals(left, right);
  if (kind === "instant")
    return Math.sign(Date.parse(left.replace(" ", "T").replace(" ", "")) - Date.parse(right.replace(" ", "T").replace(" ", "")));
  return left < right ? -1 : left > right ? 1 : 0;
}

const BOOLEANS: { readonly [text: string]: string } = {
  true: "true",
  t: "true",
  yes: "true",
  y: "true",
  on: "true",
  1: "true",
  false: "false",
  f: "false",
  no: "false",
  n: "false",
  off: "false",
  0: "false",
};
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const MOMENT = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(Z|[+-]\d{2}(?::?\d{2})?)?)?$/;
/** What every database here keeps of a second. */
const FRACTION_DIGITS = 6;

function readInteger(text: string, { range }: BulkType): string | undefined {
  if (!/^[+-]?\d{1,40}$/.test(text)) return undefined;
  const value = BigInt(text.replace(/^\+/, ""));
  return range !== undefined && (value < range[0] || value > range[1]) ? undefined : value.toString();
}

function momentOf(text: string): { readonly date: string; readonly time: string; readonly zone: string | undefined } | undefined {
  if (!isIsoMoment(text, "datetime") && !isIsoMoment(text, "date")) return undefined;
  const [, date = "", time = "00:00:00", zone] = MOMENT.exec(text) ?? [];
  return date === "" ? undefined : { date, time: withSeconds(time), zone };
}

function withSeconds(time: string): string {
  const whole = time.length === 5 ? `${time}:00` : time;
  const [seconds = "", fraction] = whole.split(".");
  return fraction === undefined ? seconds : `${seconds}.${fraction.slice(0, FRACTION_DIGITS)}`;
}

function readInstant(text: string, timezone: string): string | undefined {
  const moment = momentOf(text);
  if (moment === undefined) return undefined;
  return `${moment.date} ${moment.time} ${moment.zone === undefined ? offsetAt(`${moment.date}T${moment.time}`, timezone) : offsetOf(moment.zone)}`;
}

function offsetOf(zone: string): string {
  if (zone === "Z") return "+00:00";
  const digits = zone.slice(1).replace(":", "").padEnd(4, "0");
  return `${zone[0] ?? "+"}${digits.slice(0, 2)}:${digits.slice(2)}`;
}

/** Offset of a zone at a local time; of a time that comes twice in a night, the first. */
function offsetAt(local: string, timezone: string): string {
  const wall = Date.parse(`${local}Z`);
  const before = wall - offsetMs(wall - DAY_MS, timezone);
  const offset = offsetMs(before, timezone);
  const sign = offset < 0 ? "-" : "+";
  const minutes = Math.abs(offset) / 60_000;
  return `${sign}${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(Math.floor(minutes % 60)).padStart(2, "0")}`;
}

const DAY_MS = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function offsetMs(atMs: number, timeZone: string): number {
  if (timeZone === "UTC") return 0;
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
    formats.set(timeZone, format);
  }
  const name = format.formatToParts(atMs).find((part) => part.type === "timeZoneName")?.value ?? "GMT";
  const [, sign = "+", hours = "0", minutes = "0"] = /GMT([+-])(\d{2}):(\d{2})/.exec(name) ?? [];
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}
