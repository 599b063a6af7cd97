import { PolyflowError } from "@polyflow/contracts";

/** What one position of a cron expression may hold. */
export interface CronFieldRange {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names for values, upper case: `JAN` → 1. */
  readonly names?: { readonly [name: string]: number };
}

export const SECOND: CronFieldRange = { name: "second", min: 0, max: 59 };
export const MINUTE: CronFieldRange = { name: "minute", min: 0, max: 59 };
export const HOUR: CronFieldRange = { name: "hour", min: 0, max: 23 };
export const DAY_OF_MONTH: CronFieldRange = { name: "day of month", min: 1, max: 31 };
export const MONTH: CronFieldRange = {
  name: "month",
  min: 1,
  max: 12,
  names: { JAN: 1, FEB: 2, MAR: 3, APR: 4, MAY: 5, JUN: 6, JUL: 7, AUG: 8, SEP: 9, OCT: 10, NOV: 11, DEC: 12 },
};
/** 0 and 7 are both Sunday. */
export const DAY_OF_WEEK: CronFieldRange = {
  name: "day of week",
  min: 0,
  max: 7,
  names: { SUN: 0, MON: 1, TUE: 2, WED: 3, THU: 4, FRI: 5, SAT: 6 },
};

/** Error about one expression; always names the expression and the part of it that is wrong. */
export function cronError(expression: string, problem: string): PolyflowError {
  return new PolyflowError("dag_invalid", `Cron expression "${expression}": ${problem}`, { details: { expression } });
}

/**
 * Values of one field without `L` and `#`: `*`, `?`, `5`, `1-5`, `5-1` (wraps around), steps such as `5/15`, `1-10/3`, lists of these.
 * @returns one byte per value from 0 to the field's maximum, 1 where it matches.
 * @throws PolyflowError `dag_invalid`
 */
export function parseCronField(text: string, range: CronFieldRange, expression: string): Uint8Array {
  const matches = new Uint8Array(range.max + 1);
  for (const item of text.split(",")) {
    for (const value of valuesOfItem(item, range, expression)) matches[value] = 1;
  }
  return matches;
}

/** A number or a name of the field. */
export function parseCronValue(text: string, range: CronFieldRange, expression: string): number {
  const named = range.names?.[text.toUpperCase()];
  if (named !== undefined) return named;
  const value = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= range.min && value <= range.max) return value;
  const names = range.names === undefined ? "" : ` or ${Object.keys(range.names).join(", ")}`;
  throw cronError(expression, `${range.name} "${text}" is not a number from ${range.min} to ${range.max}${names}.`);
}

function valuesOfItem(item: string, range: CronFieldRange, expression: string): readonly number[] {
  const [span = "", stepText, ...rest] = item.split("/");
  if (rest.length > 0 || span === "") throw cronError(expression, `${range.name} "${item}" is not a value, a range or a step.`);
  const step = stepText === undefined ? 1 : parseStep(stepText, range, expression);
  const [from, to] = boundsOfSpan(span, stepText !== undefined, range, expression);
  // A range that ends before it begins goes over the field's end, as FRI-MON and 22-2 do; Sunday then counts once.
  const wrapMax = range === DAY_OF_WEEK ? 6 : range.max;
  const length = to >= from ? to - from + 1 : wrapMax - from + 1 + (to - range.min + 1);
  const values: number[] = [];
  for (let index = 0; index < length; index += step) {
    const value = from + index;
    values.push(to >= from || value <= wrapMax ? value : value - wrapMax - 1 + range.min);
  }
  return values;
}

function parseStep(text: string, range: CronFieldRange, expression: string): number {
  const step = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (step < 1) throw cronError(expression, `step "${text}" of the ${range.name} is not a whole number from 1 on.`);
  return step;
}

function boundsOfSpan(span: string, hasStep: boolean, range: CronFieldRange, expression: string): readonly [number, number] {
  const wholeMax = range === DAY_OF_WEEK ? 6 : range.max;
  if (span === "*" || span === "?") return [range.min, wholeMax];
  const [fromText = "", toText, ...rest] = span.split("-");
  if (rest.length > 0) throw cronError(expression, `${range.name} "${span}" is not a range.`);
  const from = parseCronValue(fromText, range, expression);
  if (toText === undefined) return [from, hasStep ? wholeMax : from];
  return [from, parseCronValue(toText, range, expression)];
}
