import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCronExpression } from "./cron-expression.ts";
import { cronSlots, latestSlot, type Slots } from "./cron-slots.ts";
import { EXPRESSIONS, ZONES } from "../fixture/zones.ts";
import { TimeZone } from "./time-zone.ts";

function slotsOf(expression: string, timezone: string): Slots {
  return cronSlots([parseCronExpression(expression)], TimeZone.of(timezone));
}

/** Slots with `from` ≤ slot < `to`, as UTC without seconds. */
function slotsBetween(slots: Slots, from: string, to: string): readonly string[] {
  const found: string[] = [];
  for (let at = slots.next(Date.parse(from) - 1); at !== undefined && at < Date.parse(to); at = slots.next(at)) {
    found.push(`${new Date(at).toISOString().slice(5, 16)}Z`);
  }
  return found;
}

describe("clock changes (A2)", () => {
  it("30 2 * * * Chicago 2024-03-10: the time that does not exist is shifted forward (Airflow #38098 left the run out)", () => {
    expect(slotsBetween(slotsOf("30 2 * * *", "America/Chicago"), "2024-03-09T06:00Z", "2024-03-12T05:00Z")).toEqual([
      "03-09T08:30Z",
      "03-10T08:30Z",
      "03-11T07:30Z",
    ]);
  });

  it("30 1 * * * Chicago 2024-11-03: the time that comes twice fires at its second occurrence", () => {
    expect(slotsBetween(slotsOf("30 1 * * *", "America/Chicago"), "2024-11-02T05:00Z", "2024-11-05T06:00Z")).toEqual([
      "11-02T06:30Z",
      "11-03T07:30Z",
      "11-04T07:30Z",
    ]);
  });

  it("0 */2 * * * Toronto 2023-03-12: no two runs at once (Airflow #30195)", () => {
    const slots = slotsBetween(slotsOf("0 */2 * * *", "America/Toronto"), "2023-03-12T03:00Z", "2023-03-12T14:00Z");
    expect(slots).toEqual(["03-12T03:00Z", "03-12T05:00Z", "03-12T07:00Z", "03-12T08:00Z", "03-12T10:00Z", "03-12T12:00Z"]);
  });

  it("20 */4 * * * Los Angeles 2023-03-12 (Airflow #30088 crashed for 40 minutes)", () => {
    const slots = slotsBetween(slotsOf("20 */4 * * *", "America/Los_Angeles"), "2023-03-12T08:00Z", "2023-03-13T07:00Z");
    expect(slots).toEqual(["03-12T08:20Z", "03-12T11:20Z", "03-12T15:20Z", "03-12T19:20Z", "03-12T23:20Z", "03-13T03:20Z"]);
  });

  it.each([
    ["0 7-8 * * *", ["03-07T15:00Z", "03-07T16:00Z", "03-08T14:00Z", "03-08T15:00Z"]],
    ["0 7,9 * * *", ["03-07T15:00Z", "03-07T17:00Z", "03-08T14:00Z", "03-08T16:00Z"]],
  ])("%s US/Pacific 2020-03-08 keeps its local hours (Airflow #7999)", (expression, expected) => {
    expect(slotsBetween(slotsOf(expression, "US/Pacific"), "2020-03-07T08:00Z", "2020-03-09T07:00Z")).toEqual(expected);
  });

  it("0,15,30,45 6-22 * * * Brussels from 2023-10-28 never goes backwards (Airflow #35445)", () => {
    const slots = slotsOf("0,15,30,45 6-22 * * *", "Europe/Brussels");
    let at = Date.parse("2023-10-28T00:00Z");
    let count = 0;
    while (at < Date.parse("2023-10-31T00:00Z")) {
      const next = slots.next(at);
      expect(next).toBeGreaterThan(at);
      expect(latestSlot(slots, next ?? 0)).toBe(next);
      at = next ?? Number.POSITIVE_INFINITY;
      count += 1;
    }
    // 17 hours of four slots on each of three days; the last one found is that of the fourth day.
    expect(count).toBe(3 * 17 * 4 + 1);
  });

  it("0 9,10 * * * Brussels over a change ends (Airflow #35272 looped for ever)", () => {
    expect(slotsBetween(slotsOf("0 9,10 * * *", "Europe/Brussels"), "2023-10-28T00:00Z", "2023-10-30T00:00Z")).toEqual([
      "10-28T07:00Z",
      "10-28T08:00Z",
      "10-29T08:00Z",
      "10-29T09:00Z",
    ]);
  });

  it.each([
    ["2024-03-10T05:00Z", "2024-03-11T04:00Z", 23],
    ["2024-11-03T04:00Z", "2024-11-04T05:00Z", 25],
  ])("@hourly New York %s: as many runs as the day has hours", (from, to, count) => {
    expect(slotsBetween(slotsOf("@hourly", "America/New_York"), from, to)).toHaveLength(count);
  });

  it("Lord Howe changes by half an hour: both half hours are run", () => {
    expect(slotsBetween(slotsOf("*/30 * * * *", "Australia/Lord_Howe"), "2024-04-06T14:00Z", "2024-04-06T16:30Z")).toEqual([
      "04-06T14:00Z",
      "04-06T14:30Z",
      "04-06T15:00Z",
      "04-06T15:30Z",
      "04-06T16:00Z",
    ]);
    expect(slotsBetween(slotsOf("15 2 * * *", "Australia/Lord_Howe"), "2024-10-05T00:00Z", "2024-10-07T00:00Z")).toEqual([
      "10-05T15:45Z",
      "10-06T15:15Z",
    ]);
  });

  it("Apia had no 2011-12-30: its run falls together with that of the 31st", () => {
    expect(slotsBetween(slotsOf("0 9 * * *", "Pacific/Apia"), "2011-12-29T10:00Z", "2012-01-01T10:00Z")).toEqual([
      "12-29T19:00Z",
      "12-30T19:00Z",
      "12-31T19:00Z",
    ]);
  });

  it("midnight that does not exist (Beirut, Havana) fires when the day begins", () => {
    expect(slotsBetween(slotsOf("0 0 * * *", "America/Havana"), "2024-03-09T00:00Z", "2024-03-12T00:00Z")).toEqual([
      "03-09T05:00Z",
      "03-10T05:00Z",
      "03-11T04:00Z",
    ]);
  });

  it("Kathmandu is 5:45 ahead", () => {
    expect(slotsBetween(slotsOf("0 6 * * *", "Asia/Kathmandu"), "2024-01-01T00:00Z", "2024-01-02T00:00Z")).toEqual(["01-01T00:15Z"]);
  });

  it("yearly slots in the other half of the year use the offset that holds there", () => {
    const slots = slotsOf("0 12 1 7 *", "America/New_York");
    expect(new Date(slots.next(Date.parse("2024-01-01T00:00Z")) ?? 0).toISOString()).toBe("2024-07-01T16:00:00.000Z");
  });
});

describe("slots as a set", () => {
  it("is the same from any restart point and strictly grows (I2)", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.constantFrom(...EXPRESSIONS),
        fc.integer({ min: Date.UTC(2015, 0, 1), max: Date.UTC(2030, 0, 1) }),
        fc.integer({ min: 0, max: 3 * 86_400_000 }),
        (timezone, expression, startMs, jumpMs) => {
          const slots = slotsOf(expression, timezone);
          const direct = slots.next(startMs + jumpMs);
          let walked = slots.next(startMs);
          while (walked !== undefined && walked <= startMs + jumpMs) {
            const next = slots.next(walked);
            expect(next).toBeGreaterThan(walked);
            walked = next;
          }
          expect(walked).toBe(direct);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("latestSlot is the inverse of next", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.constantFrom(...EXPRESSIONS),
        fc.integer({ min: Date.UTC(2015, 0, 1), max: Date.UTC(2030, 0, 1) }),
        (timezone, expression, at) => {
          const slots = slotsOf(expression, timezone);
          const latest = latestSlot(slots, at);
          expect(latest).toBeLessThanOrEqual(at);
          expect(slots.next(latest ?? 0)).toBeGreaterThan(at);
        },
      ),
      { numRuns: 500 },
    );
  });
});
