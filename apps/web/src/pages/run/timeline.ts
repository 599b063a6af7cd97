import { elapsedMs } from "../../format/duration.ts";

interface Span {
  readonly start_date: string | null;
  readonly end_date: string | null;
}

/**
 * Where a task stands within its run, in percent of the run's time so far; null before it starts.
 * @param now milliseconds since the epoch
 */
export function shareOfRun(task: Span, run: Span, now: number): { readonly from: number; readonly width: number } | null {
  const whole = elapsedMs(run.start_date, run.end_date, now);
  const own = elapsedMs(task.start_date, task.end_date, now);
  if (run.start_date === null || task.start_date === null || whole === null || own === null || whole === 0) return null;
  const from = Math.min(99, Math.max(0, ((Date.parse(task.start_date) - Date.parse(run.start_date)) / whole) * 100));
  return { from, width: Math.max(0.8, Math.min(100 - from, (own / whole) * 100)) };
}
