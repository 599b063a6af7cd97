import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCronExpression } from "./cron-expression.ts";
import { cronSlots, latestSlot, type Slots } from "./cron-slots.ts";
import { TimeZone } from "./time-zone.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

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

const ZONES = [
  "America/New_York",
  "America/Chicago",
  "America/Los_Angeles",
  "America/Toronto",
  "America/Havana",
  "America/Santiago",
  "America/St_Johns",
  "America/Asuncion",
  "America/Sao_Paulo",
  "America/Caracas",
  "America/Nuuk",
  "Europe/Moscow",
  "Europe/Brussels",
  "Europe/London",
  "Europe/Dublin",
  "Europe/Istanbul",
  "Europe/Volgograd",
  "Africa/Casablanca",
  "Africa/Cairo",
  "Asia/Gaza",
  "Asia/Beirut",
  "Asia/Tehran",
  "Asia/Amman",
  "Asia/Kathmandu",
  "Asia/Pyongyang",
  "Asia/Kolkata",
  "Australia/Lord_Howe",
  "Australia/Adelaide",
  "Pacific/Apia",
  "Pacific/Chatham",
  "Pacific/Norfolk",
  "Antarctica/Troll",
  "Antarctica/Casey",
  "America/Denver",
  "America/Halifax",
  "America/Mexico_City",
  "America/Montevideo",
  "America/Argentina/Buenos_Aires",
  "Europe/Berlin",
  "Europe/Lisbon",
  "Europe/Chisinau",
  "Europe/Samara",
  "Africa/Windhoek",
  "Africa/El_Aaiun",
  "Asia/Jerusalem",
  "Asia/Tokyo",
  "Asia/Hebron",
  "Pacific/Auckland",
  "Pacific/Easter",
  "UTC",
] as const;

const EXPRESSIONS = [
  "0 * * * *",
  "*/20 * * * *",
  "7 */2 * * *",
  "30 1 * * *",
  "30 2 * * *",
  "0 2,3 * * *",
  "*/15 0-5 * * *",
  "0 0 * * *",
  "45 23 * * *",
  "59 0,12,23 * * 0",
  "0 3 * * 0",
  "10,50 1-3 L * *",
  "0 9-17 * * MON-FRI",
  "5 0 1 * *",
] as const;

/** Local wall-clock minutes of each UTC minute, read from `Intl` one by one: shares nothing with the code under test. */
function localMinutes(timezone: string, from: number, to: number): readonly (readonly [number, number])[] {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: timezone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  const pairs: (readonly [number, number])[] = [];
  for (let instant = from; instant < to; instant += MINUTE_MS) {
    const part = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
    pairs.push([instant, Date.UTC(part["year"] ?? 0, (part["month"] ?? 0) - 1, part["day"], part["hour"], part["minute"])]);
  }
  return pairs;
}

/** Slots by walking: every local minute is tried against the expression (as UTC), then placed by the rules as they are written down. */
function walkedSlots(expression: string, pairs: readonly (readonly [number, number])[]): ReadonlySet<number> {
  const cron = slotsOf(expression, "UTC");
  const matches = (local: number) => cron.next(local - 1) === local;
  const everyHour = parseCronExpression(expression).coversEveryHour;
  if (everyHour) return new Set(pairs.filter(([, local]) => matches(local)).map(([instant]) => instant));
  const lastInstant = new Map<number, number>();
  for (const [instant, local] of pairs) lastInstant.set(local, instant);
  const slots = new Set<number>();
  for (const [local, instant] of lastInstant) if (matches(local)) slots.add(instant);
  for (let index = 1; index < pairs.length; index++) {
    const [before, localBefore] = pairs[index - 1] ?? [0, 0];
    const [, localAfter] = pairs[index] ?? [0, 0];
    for (let missing = localBefore + MINUTE_MS; missing < localAfter; missing += MINUTE_MS) {
      if (matches(missing)) slots.add(before + (missing - localBefore));
    }
  }
  return slots;
}

describe("slots as a set", () => {
  it("equals a brute-force minute walker around every clock change of 50 zones, 2011 to 2030", () => {
    const changes = ZONES.flatMap((timezone) =>
      TimeZone.of(timezone)
        .transitionsBetween(Date.UTC(2011, 0, 1), Date.UTC(2031, 0, 1))
        .map(({ at }) => ({ timezone, at })),
    );
    expect(ZONES).toHaveLength(50);
    expect(changes.length).toBeGreaterThan(900);
    fc.assert(
      fc.property(fc.constantFrom(...changes), fc.constantFrom(...EXPRESSIONS), ({ timezone, at }, expression) => {
        const from = Math.floor(at / HOUR_MS) * HOUR_MS - 30 * HOUR_MS;
        const to = from + 60 * HOUR_MS;
        // The walker needs a margin: what is shifted into the window begins before it.
        const walked = walkedSlots(expression, localMinutes(timezone, from - 25 * HOUR_MS, to));
        const expected = [...walked].filter((slot) => slot >= from && slot < to).toSorted((a, b) => a - b);
        const slots = slotsOf(expression, timezone);
        const found: number[] = [];
        for (let slot = slots.next(from - 1); slot !== undefined && slot < to; slot = slots.next(slot)) found.push(slot);
        expect(found).toEqual(expected);
      }),
      { numRuns: 80 },
    );
  }, 30_000);

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
