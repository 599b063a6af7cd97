import type { CronSets } from "./cron-sets.ts";

/** When within a day. */
export type TimeWords =
  | { readonly kind: "at"; readonly times: readonly string[] }
  /** `from` and `to`: first and last time of the day; null: around the clock. */
  | { readonly kind: "every"; readonly unit: "s" | "m" | "h"; readonly count: number; readonly from: string | null; readonly to: string }
  /** At these minutes of every hour. */
  | { readonly kind: "minutes"; readonly minutes: readonly number[] };

/** Times that a sentence lists; more would be a table. */
const MOST_LISTED = 12;
/** So few are listed even where they follow a rhythm. */
const FEW = 4;

/** Says when within a day a cron expression fires; null where no short sentence says all of it. */
export function timeWords({ seconds, minutes, hours }: CronSets): TimeWords | null {
  const [second = 0] = seconds;
  if (seconds.length > 1) {
    const count = minutes.length === 60 && hours.length === 24 ? stepAround(seconds, 60) : null;
    return count === null ? null : { kind: "every", unit: "s", count, from: null, to: "" };
  }
  const times = hours.flatMap((hour) => minutes.map((minute) => clock(hour, minute)));
  if (second > 0) return times.length > FEW ? null : { kind: "at", times: times.map((time) => `${time}:${two(second)}`) };
  if (hours.length === 24) return aroundTheClock(minutes);
  return duringSomeHours(times, { minutes, hours });
}

const two = (number: number) => String(number).padStart(2, "0");
const clock = (hour: number, minute: number) => `${two(hour)}:${two(minute)}`;

function aroundTheClock(minutes: readonly number[]): TimeWords | null {
  if (minutes.join() === "0") return { kind: "every", unit: "h", count: 1, from: null, to: "" };
  const count = stepAround(minutes, 60);
  if (count !== null) return { kind: "every", unit: "m", count, from: null, to: "" };
  return minutes.length > MOST_LISTED ? null : { kind: "minutes", minutes };
}

function duringSomeHours(times: readonly string[], { minutes, hours }: Pick<CronSets, "minutes" | "hours">): TimeWords | null {
  const [from = "", to = ""] = [times[0], times.at(-1)];
  const isOneMinute = minutes.length === 1;
  const aroundHours = isOneMinute && minutes[0] === 0 ? stepAround(hours, 24) : null;
  if (aroundHours !== null) return { kind: "every", unit: "h", count: aroundHours, from: null, to };
  if (times.length <= FEW) return { kind: "at", times };
  const hourStep = stepOf(hours);
  if (isOneMinute && hourStep !== null) return { kind: "every", unit: "h", count: hourStep, from, to };
  const minuteStep = stepOf(minutes);
  // Only minutes that go on evenly over the end of the hour.
  const isEven = minuteStep !== null && minuteStep * minutes.length === 60;
  if (isEven && (hourStep === 1 || hours.length === 1)) return { kind: "every", unit: "m", count: minuteStep, from, to };
  return times.length > MOST_LISTED ? null : { kind: "at", times };
}

/** The distance between numbers that are evenly apart; null where they are not. */
function stepOf(numbers: readonly number[]): number | null {
  const [first = 0, second = first] = numbers;
  const step = second - first;
  return step > 0 && numbers.every((number, index) => number === first + index * step) ? step : null;
}

/** The same for numbers that begin at 0 and go on evenly over the end of the hour or the day. */
function stepAround(numbers: readonly number[], size: number): number | null {
  const step = stepOf(numbers);
  return step !== null && numbers[0] === 0 && numbers.length * step === size ? step : null;
}
