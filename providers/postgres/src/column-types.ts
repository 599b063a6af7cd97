import { types } from "pg";
import type { CustomTypesConfig } from "pg";

/** Identity numbers of PostgreSQL's types (catalogue pg_type). */
const OID = {
  int8: 20,
  date: 1082,
  timestamp: 1114,
  timestamptz: 1184,
  interval: 1186,
  numeric: 1700,
  int8Array: 1016,
  timestampArray: 1115,
  dateArray: 1182,
  timestamptzArray: 1185,
  intervalArray: 1187,
  numericArray: 1231,
} as const;

/** Widened, since the driver's types know single types only. */
const TEXT_ARRAY: number = 1009;

type Parse = (text: string) => unknown;

const asPrinted: Parse = (text) => text;
const parseTexts: Parse = (text) => types.getTypeParser(TEXT_ARRAY, "text")(text);

/**
 * How values of columns become JavaScript: nothing is rounded. int8, numeric, dates, instants and intervals are strings
 * (instants as ISO 8601 with all microseconds), the rest is as in `pg`.
 */
const PARSERS: ReadonlyMap<number, Parse> = new Map([
  [OID.int8, asPrinted],
  [OID.numeric, asPrinted],
  [OID.date, asPrinted],
  [OID.interval, asPrinted],
  [OID.timestamp, toIsoInstant],
  [OID.timestamptz, toIsoInstant],
  [OID.int8Array, parseTexts],
  [OID.numericArray, parseTexts],
  [OID.dateArray, parseTexts],
  [OID.intervalArray, parseTexts],
  [OID.timestampArray, parseInstants],
  [OID.timestamptzArray, parseInstants],
]);

export const columnTypes: CustomTypesConfig = {
  getTypeParser: (oid: number, format?: "text" | "binary") => PARSERS.get(oid) ?? types.getTypeParser(oid, format ?? "text"),
};

/** `2026-01-02 03:04:05.678901+05` → `2026-01-02T03:04:05.678901+05:00`; `infinity` and years before Christ stay as printed. */
function toIsoInstant(text: string): string {
  const match = /^(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)([+-]\d\d)?(:\d\d)?(?::\d\d)?$/.exec(text);
  if (match === null) return text;
  const [, date, time, hours = "", minutes = ":00"] = match;
  return `${date}T${time}${hours === "" ? "" : hours + minutes}`;
}

function parseInstants(text: string): unknown {
  return mapDeep(parseTexts(text));
}

function mapDeep(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(mapDeep);
  return typeof value === "string" ? toIsoInstant(value) : value;
}
