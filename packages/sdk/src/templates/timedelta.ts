import { PolyflowError } from "@polyflow/contracts";

/** Units of Python's `timedelta`, in the order of its arguments. */
const UNIT_MS = {
  days: 86_400_000,
  seconds: 1_000,
  microseconds: 0.001,
  milliseconds: 1,
  minutes: 60_000,
  hours: 3_600_000,
  weeks: 604_800_000,
} as const;

/**
 * Length of a `timedelta` in milliseconds, from its arguments: in order, or by name in a Map that comes last.
 * @throws PolyflowError `request_invalid` for a unit that there is not
 * @example timedeltaMs([1, new Map([["hours", 2]])]); // a day and two hours
 */
export function timedeltaMs(rest: readonly unknown[]): number {
  const units = Object.entries(UNIT_MS);
  let sum = 0;
  for (const [index, value] of rest.entries()) {
    const given: Iterable<readonly [unknown, unknown]> = value instanceof Map ? value : [[units[index]?.[0], value]];
    for (const [name, amount] of given) {
      const unitMs = units.find(([unit]) => unit === name)?.[1];
      if (unitMs === undefined || !Number.isFinite(Number(amount))) {
        throw new PolyflowError(
          "request_invalid",
          `timedelta: ${String(name)}=${String(amount)} is no length of time. Write days, hours, minutes, seconds or weeks with a number; months and years: .add(months=1).`,
        );
      }
      sum += Number(amount) * unitMs;
    }
  }
  return Math.round(sum);
}

/** Python's `str(timedelta)`: `1 day, 2:00:00`. */
export function writeTimedelta(ms: number): string {
  const days = Math.floor(ms / UNIT_MS.days);
  const rest = ms - days * UNIT_MS.days;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  const fraction = rest % 1_000 === 0 ? "" : `.${String(rest % 1_000).padStart(3, "0")}000`;
  const time = `${Math.floor(rest / UNIT_MS.hours)}:${two((rest / UNIT_MS.minutes) % 60)}:${two((rest / 1_000) % 60)}${fraction}`;
  return days === 0 ? time : `${days} day${Math.abs(days) === 1 ? "" : "s"}, ${time}`;
}
