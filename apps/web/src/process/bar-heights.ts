const SMALLEST = 4;

/**
 * Heights of bars by duration, the longest filling the height. By square root, so that one long run does not flatten all others.
 * @param durations milliseconds; null for a run that has not started
 * @returns pixels
 */
export function barHeights(durations: readonly (number | null)[], height: number): readonly number[] {
  const longest = Math.max(1, ...durations.map((duration) => duration ?? 0));
  return durations.map((duration) => Math.round(SMALLEST + (height - SMALLEST) * Math.sqrt((duration ?? 0) / longest)));
}
