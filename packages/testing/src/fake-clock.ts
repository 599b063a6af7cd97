import { type Clock, systemClock } from "@polyflow/service-kit";

/**
 * A clock that stands at one moment: runs in memory start there, and their waiting moves on from there. Timers go by real time, so that an
 * execution timeout still ends a task that hangs.
 * @example await runDag(nightly, { clock: fakeClock("2026-01-31T06:00:00Z") });
 */
export function fakeClock(at: string | Date): Clock {
  const now = new Date(at).getTime();
  if (Number.isNaN(now)) throw new RangeError(`${JSON.stringify(at)} is no instant, such as "2026-01-31T06:00:00Z".`);
  return { now: () => now, monotonicMs: () => now, schedule: (delayMs, callback) => systemClock.schedule(delayMs, callback) };
}
