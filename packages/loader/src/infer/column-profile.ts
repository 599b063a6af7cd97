import { DateReader, isIsoMoment } from "../preview/date-reader.ts";

/** Texts that people write for "no value". */
const MISSING_TEXTS: ReadonlySet<string> = new Set([
  "-",
  "–",
  "—",
  "н/д",
  "Н/Д",
  "н.д.",
  "нет данных",
  "n/a",
  "N/A",
  "NA",
  "#N/A",
  "#Н/Д",
  "NULL",
  "null",
  "None",
  "nan",
  "NaN",
  "?",
]);

/** A way in which a column may be written. The order is that of preference. */
export const SPELLINGS = {
  integer: /^[+-]?(0|[1-9]\d*)$/,
  number: /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/,
  commaNumber: /^[+-]?\d+(,\d+)?$/,
  spacedInteger: /^[+-]?\d{1,3}([ \u00a0\u202f\u2009]?\d{3})*$/,
  spacedNumber: /^[+-]?\d{1,3}([ \u00a0\u202f\u2009]?\d{3})*(\.\d+)?$/,
  spacedCommaNumber: /^[+-]?\d{1,3}([ \u00a0\u202f\u2009]?\d{3})*(,\d+)?$/,
  commaGroupedNumber: /^[+-]?\d{1,3}(,?\d{3})*(\.\d+)?$/,
  pointGroupedNumber: /^[+-]?\d{1,3}(\.?\d{3})*(,\d+)?$/,
} as const satisfies { readonly [name: string]: RegExp };
export type NumberSpelling = keyof typeof SPELLINGS;

/** Formats that dates are looked for in, besides ISO 8601. */
export const DATE_FORMATS = [
  "%d.%m.%Y",
  "%d.%m.%y",
  "%d.%m.%Y %H:%M",
  "%d.%m.%Y %H:%M:%S",
  "%d/%m/%Y",
  "%m/%d/%Y",
  "%d/%m/%Y %H:%M",
  "%m/%d/%Y %H:%M",
  "%d/%m/%Y %H:%M:%S",
  "%m/%d/%Y %H:%M:%S",
  "%Y/%m/%d",
  "%Y/%m/%d %H:%M",
  "%Y/%m/%d %H:%M:%S",
  "%d-%m-%Y",
  "%Y%m%d",
  "%b %d %Y",
  "%d %b %Y",
  "%d-%b-%Y",
] as const;
const READERS: ReadonlyMap<string, DateReader> = new Map(DATE_FORMATS.map((format) => [format, new DateReader(format)]));

/** `date`, `datetime` and `time` are those of ISO 8601. */
export type MomentSpelling = "date" | "datetime" | "time" | (typeof DATE_FORMATS)[number];
const ISO = ["date", "datetime", "time"] as const;

/** How often a way of writing was not met, and the first time. */
export interface Misses {
  readonly count: number;
  readonly first?: { readonly row: number; readonly text: string };
}

const DISTINCT_KEPT = 20;
const UNIQUE_KEPT = 200_000;
/** A way of writing that is wrong so often is given up. */
const GIVE_UP_AFTER = 50;

/** What is seen of one column, cell by cell, in memory that does not grow with the file. */
export class ColumnProfile {
  readonly name: string;
  /** Cells that are neither empty nor a text for "no value". */
  values = 0;
  empty = 0;
  longest = 0;
  /** Texts for "no value" that occur. */
  readonly missing = new Map<string, number>();
  /** The first value with a zero before further digits. */
  leadingZero: string | undefined;
  /** Largest count of digits in a whole number. */
  digits = 0;
  zoned = 0;
  jsonObjects = 0;
  jsonLists = 0;
  #distinct: Set<string> | undefined = new Set();
  #unique: Set<string> | undefined = new Set();
  readonly #numbers = new Map<NumberSpelling, { count: number; first?: { row: number; text: string } }>();
  readonly #moments = new Map<MomentSpelling, { count: number; first?: { row: number; text: string } }>();

  constructor(name: string) {
    this.name = name;
    for (const spelling of Object.keys(SPELLINGS)) if (isNumberSpelling(spelling)) this.#numbers.set(spelling, { count: 0 });
    for (const spelling of [...ISO, ...DATE_FORMATS]) this.#moments.set(spelling, { count: 0 });
  }

  /** Every value occurred once only, as far as it was looked at; undefined when there were too many to know. */
  get isUnique(): boolean | undefined {
    return this.#unique === undefined ? (this.#isRepeated ? false : undefined) : this.#unique.size === this.values;
  }
  #isRepeated = false;

  /** All values, where there are few. */
  get distinct(): readonly string[] | undefined {
    return this.#distinct === undefined ? undefined : [...this.#distinct];
  }

  /** Misses of the ways that were not given up. */
  get numbers(): ReadonlyMap<NumberSpelling, Misses> {
    return this.#numbers;
  }

  get moments(): ReadonlyMap<MomentSpelling, Misses> {
    return this.#moments;
  }

  add(text: string | null, row: number): void {
    if (text === null || text === "") {
      this.empty++;
      return;
    }
    if (MISSING_TEXTS.has(text)) {
      this.missing.set(text, (this.missing.get(text) ?? 0) + 1);
      return;
    }
    this.values++;
    this.longest = Math.max(this.longest, text.length);
    this.#noteDistinct(text);
    this.#noteShape(text);
    if (this.#numbers.size > 0) note(this.#numbers, (spelling) => SPELLINGS[spelling].test(text), { row, text });
    if (this.#moments.size > 0) note(this.#moments, (spelling) => isMoment(text, spelling), { row, text });
  }

  #noteDistinct(text: string): void {
    if (this.#distinct?.add(text) !== undefined && this.#distinct.size > DISTINCT_KEPT) this.#distinct = undefined;
    if (this.#unique === undefined) return;
    this.#unique.add(text);
    if (this.#unique.size < this.values) this.#isRepeated = true;
    if (this.#isRepeated || this.#unique.size > UNIQUE_KEPT) this.#unique = undefined;
  }

  #noteShape(text: string): void {
    const first = text.charCodeAt(0);
    if (first === 0x7b) this.jsonObjects++;
    else if (first === 0x5b) this.jsonLists++;
    else if (/^[+-]?\d+$/.test(text)) {
      this.digits = Math.max(this.digits, text.replace(/^[+-]/, "").length);
      if (/^[+-]?0\d/.test(text)) this.leadingZero ??= text;
    } else if (/(Z|[+-]\d{2}:?\d{2})$/.test(text)) this.zoned++;
  }
}

function isNumberSpelling(name: string): name is NumberSpelling {
  return Object.hasOwn(SPELLINGS, name);
}

function isMoment(text: string, spelling: MomentSpelling): boolean {
  if (spelling === "date" || spelling === "datetime" || spelling === "time") return isIsoMoment(text, spelling);
  return READERS.get(spelling)?.accepts(text) === true;
}

function note<Name extends string>(
  misses: Map<Name, { count: number; first?: { row: number; text: string } }>,
  accepts: (name: Name) => boolean,
  value: { readonly row: number; readonly text: string },
): void {
  for (const [name, miss] of misses) {
    if (accepts(name)) continue;
    miss.count++;
    miss.first ??= value;
    if (miss.count > GIVE_UP_AFTER) misses.delete(name);
  }
}
