import { isPolyflowError } from "@polyflow/contracts";
import { Cron } from "croner";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCronExpression } from "./cron-expression.ts";
import { nextMatch } from "./cron-matching.ts";

const MINUTE_MS = 60_000;

function matchesFrom(expression: string, from: string, count: number): readonly string[] {
  const cron = parseCronExpression(expression);
  const found: string[] = [];
  let at = Date.parse(from);
  while (found.length < count) {
    const match = nextMatch(cron, at);
    if (match === undefined) break;
    found.push(new Date(match).toISOString().slice(0, 19));
    at = match;
  }
  return found;
}

/** A field as text together with the values it stands for, so that the oracle shares no code with the parser. */
interface FieldSample {
  readonly text: string;
  readonly values: ReadonlySet<number>;
}

function fieldArbitrary(min: number, max: number): fc.Arbitrary<FieldSample> {
  const range = (from: number, to: number, step: number) => {
    const values = new Set<number>();
    for (let value = from; value <= to; value += step) values.add(value);
    return values;
  };
  const value = fc.integer({ min, max });
  const item = fc.oneof(
    { weight: 2, arbitrary: fc.constant({ text: "*", values: range(min, max, 1) }) },
    { weight: 2, arbitrary: value.map((one) => ({ text: `${one}`, values: new Set([one]) })) },
    {
      weight: 1,
      arbitrary: fc.integer({ min: 2, max: Math.min(20, max) }).map((step) => ({ text: `*/${step}`, values: range(min, max, step) })),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(value, value, fc.integer({ min: 1, max: 7 })).map(([a, b, step]) => {
        const [from, to] = a < b ? [a, b] : [b, a];
        return { text: step === 1 ? `${from}-${to}` : `${from}-${to}/${step}`, values: range(from, to, step) };
      }),
    },
  );
  return fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => ({
    text: items.map((one) => one.text).join(","),
    values: new Set(items.flatMap((one) => [...one.values])),
  }));
}

const cronArbitrary = fc.record({
  minute: fieldArbitrary(0, 59),
  hour: fieldArbitrary(0, 23),
  dayOfMonth: fieldArbitrary(1, 31),
  month: fieldArbitrary(1, 12),
  dayOfWeek: fieldArbitrary(0, 6),
});

describe("parseCronExpression (A2)", () => {
  it.each([
    ["@daily", "2024-02-28T10:00:00Z", ["2024-02-29T00:00:00", "2024-03-01T00:00:00"]],
    ["@quarterly", "2024-01-15T00:00:00Z", ["2024-04-01T00:00:00", "2024-07-01T00:00:00"]],
    ["0 0 L * *", "2023-01-31T00:00:00Z", ["2023-02-28T00:00:00", "2023-03-31T00:00:00"]],
    ["0 0 15,L * *", "2024-02-01T00:00:00Z", ["2024-02-15T00:00:00", "2024-02-29T00:00:00"]],
    ["0 9 * * MON#1", "2024-01-02T00:00:00Z", ["2024-02-05T09:00:00", "2024-03-04T09:00:00"]],
    ["0 9 * * 5L", "2024-03-01T00:00:00Z", ["2024-03-29T09:00:00", "2024-04-26T09:00:00"]],
    ["0 9 * * 5#5", "2024-02-01T00:00:00Z", ["2024-03-29T09:00:00", "2024-05-31T09:00:00"]],
    ["0 0 1 JAN-MAR/2 *", "2024-01-02T00:00:00Z", ["2024-03-01T00:00:00", "2025-01-01T00:00:00"]],
    [
      "0 0 * * FRI-MON",
      "2024-01-04T00:00:00Z",
      ["2024-01-05T00:00:00", "2024-01-06T00:00:00", "2024-01-07T00:00:00", "2024-01-08T00:00:00", "2024-01-12T00:00:00"],
    ],
    ["0 22-1 * * *", "2024-01-01T12:00:00Z", ["2024-01-01T22:00:00", "2024-01-01T23:00:00", "2024-01-02T00:00:00", "2024-01-02T01:00:00"]],
    ["0 0 * * 7", "2024-01-01T00:00:00Z", ["2024-01-07T00:00:00"]],
    ["0 0 * * 5-7", "2024-01-04T00:00:00Z", ["2024-01-05T00:00:00", "2024-01-06T00:00:00", "2024-01-07T00:00:00"]],
    // Both day fields restricted: either matches, as Airflow and every cron have it.
    ["0 0 13 * 5", "2024-09-01T00:00:00Z", ["2024-09-06T00:00:00", "2024-09-13T00:00:00"]],
    ["0 0 ? * 1", "2024-01-01T00:00:00Z", ["2024-01-08T00:00:00"]],
    // Six fields: the second stands last, as in Airflow.
    ["30 12 * * * 15,45", "2024-01-01T00:00:00Z", ["2024-01-01T12:30:15", "2024-01-01T12:30:45", "2024-01-02T12:30:15"]],
    ["5/20 * * * *", "2024-01-01T00:00:00Z", ["2024-01-01T00:05:00", "2024-01-01T00:25:00", "2024-01-01T00:45:00", "2024-01-01T01:05:00"]],
    ["0 0 29 2 *", "2096-03-01T00:00:00Z", ["2104-02-29T00:00:00"]],
    ["0 0 * 2 1#5", "2024-03-01T00:00:00Z", ["2044-02-29T00:00:00"]],
  ])("%s after %s", (expression, from, expected) => {
    expect(matchesFrom(expression, from, expected.length)).toEqual(expected);
  });

  it.each([
    ["", "0 fields"],
    ["* * * *", "4 fields"],
    ["* * * * * * *", "7 fields"],
    ["60 * * * *", 'minute "60"'],
    ["* 24 * * *", 'hour "24"'],
    ["* * 0 * *", 'day of month "0"'],
    ["* * * 13 *", 'month "13"'],
    ["* * * FOO *", 'month "FOO"'],
    ["* * * * 8", 'day of week "8"'],
    ["*/0 * * * *", 'step "0"'],
    ["1-2-3 * * * *", 'minute "1-2-3"'],
    ["1//2 * * * *", 'minute "1//2"'],
    ["1,,2 * * * *", "is not a value"],
    ["* * * * 1#6", "after # comes 1 to 5"],
    ["@fortnightly", "no such preset"],
    ["-1 * * * *", 'minute ""'],
  ])("refuses %j naming the expression and the fault", (expression, fault) => {
    let caught: unknown;
    try {
      parseCronExpression(expression);
    } catch (error) {
      caught = error;
    }
    expect(isPolyflowError(caught, "dag_invalid")).toBe(true);
    expect(String(caught)).toContain(`"${expression}"`);
    expect(String(caught)).toContain(fault);
  });

  it("never finds 30 February, and says so", { timeout: 60_000 }, () => {
    for (let index = 0; index < 100; index++) expect(matchesFrom("0 0 30 2 *", "2024-01-01T00:00:00Z", 1)).toEqual([]);
  });

  it("agrees with a brute-force minute walker", () => {
    fc.assert(
      fc.property(cronArbitrary, fc.integer({ min: Date.UTC(2015, 0, 1), max: Date.UTC(2035, 0, 1) }), (fields, startMs) => {
        const { minute, hour, dayOfMonth, month, dayOfWeek } = fields;
        const cron = parseCronExpression([minute.text, hour.text, dayOfMonth.text, month.text, dayOfWeek.text].join(" "));
        const anyDayOfMonth = dayOfMonth.values.size === 31;
        const anyDayOfWeek = dayOfWeek.values.size === 7;
        const end = startMs + 3 * 86_400_000;
        let at = nextMatch(cron, startMs);
        for (let walker = (Math.floor(startMs / MINUTE_MS) + 1) * MINUTE_MS; walker < end; walker += MINUTE_MS) {
          const date = new Date(walker);
          const byDay = dayOfMonth.values.has(date.getUTCDate());
          const byWeekday = dayOfWeek.values.has(date.getUTCDay());
          const day = anyDayOfMonth ? byWeekday : anyDayOfWeek ? byDay : byDay || byWeekday;
          const matches =
            minute.values.has(date.getUTCMinutes()) &&
            hour.values.has(date.getUTCHours()) &&
            month.values.has(date.getUTCMonth() + 1) &&
            day;
          if (matches) {
            expect(at).toBe(walker);
            at = nextMatch(cron, walker);
          }
        }
        if (at !== undefined) expect(at).toBeGreaterThanOrEqual(end);
      }),
      { numRuns: 150 },
    );
  });

  it("agrees with croner where both mean the same", () => {
    fc.assert(
      fc.property(cronArbitrary, fc.integer({ min: Date.UTC(2015, 0, 1), max: Date.UTC(2035, 0, 1) }), (fields, startMs) => {
        const text = [fields.minute.text, fields.hour.text, fields.dayOfMonth.text, fields.month.text, fields.dayOfWeek.text].join(" ");
        // Croner takes a day field as restricted when it is not `*`; ours when it leaves a value out, as Airflow does.
        fc.pre(!/\*.*,|,.*\*/.test(fields.dayOfMonth.text + fields.dayOfWeek.text));
        fc.pre(fields.dayOfMonth.values.size < 31 === (fields.dayOfMonth.text !== "*"));
        fc.pre(fields.dayOfWeek.values.size < 7 === (fields.dayOfWeek.text !== "*"));
        const expected = new Cron(text, { timezone: "UTC" }).nextRuns(5, new Date(startMs)).map((date) => date.getTime());
        const cron = parseCronExpression(text);
        const found: number[] = [];
        let at: number | undefined = startMs;
        while (found.length < expected.length && at !== undefined) {
          at = nextMatch(cron, at);
          if (at !== undefined) found.push(at);
        }
        expect(found).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });
});
