import type { RunTask, UiRun } from "../api/runs.ts";

/** A stretch of time in milliseconds since the epoch. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface GanttBar {
  readonly kind: "queued" | "try";
  readonly tryNumber: number;
  readonly state: string;
  /** Percent of the span. */
  readonly from: number;
  readonly width: number;
  readonly ms: number;
}

/** From the first thing that happened in the run to the last, or to now while it goes on; null before anything happened. */
export function runSpan(run: UiRun, now: number): Span | null {
  const starts: number[] = [];
  const ends: number[] = run.end_date === null ? [now] : [];
  for (const task of run.tasks) {
    for (const one of task.tries) {
      if (one.start_date !== null) starts.push(Date.parse(one.start_date));
      if (one.end_date !== null) ends.push(Date.parse(one.end_date));
    }
    if (task.start_date !== null) starts.push(Date.parse(task.queued_at ?? task.start_date));
    if (task.end_date !== null) ends.push(Date.parse(task.end_date));
  }
  if (starts.length === 0) return null;
  const start = Math.min(...starts, ...(run.start_date === null ? [] : [Date.parse(run.start_date)]));
  return { start, end: Math.max(start + 1, ...ends) };
}

/** The tries of a task as bars; before the newest the time that it stood in the queue. */
export function ganttBars(task: RunTask, span: Span): readonly GanttBar[] {
  const bars: GanttBar[] = [];
  const add = (kind: GanttBar["kind"], tryNumber: number, state: string, { start, end }: Span) => {
    const whole = span.end - span.start;
    const from = Math.min(99.7, Math.max(0, ((start - span.start) / whole) * 100));
    const width = Math.max(0.3, Math.min(100 - from, ((end - start) / whole) * 100));
    bars.push({ kind, tryNumber, state, from, width, ms: Math.max(0, end - start) });
  };
  if (task.queued_at !== null && task.start_date !== null) {
    const waited = { start: Date.parse(task.queued_at), end: Date.parse(task.start_date) };
    if (waited.end > waited.start) add("queued", task.try_number, "queued", waited);
  }
  for (const one of task.tries) {
    if (one.start_date === null) continue;
    add("try", one.try_number, one.state, {
      start: Date.parse(one.start_date),
      end: one.end_date === null ? span.end : Date.parse(one.end_date),
    });
  }
  return bars;
}

const STEPS_MS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 18e5, 36e5, 72e5, 108e5, 216e5, 432e5, 864e5,
];
const MOST_TICKS = 8;

/** Marks of the time line at round distances from its start. */
export function ganttTicks(span: Span): readonly { readonly ms: number; readonly percent: number }[] {
  const whole = span.end - span.start;
  const step = STEPS_MS.find((ms) => whole / ms <= MOST_TICKS) ?? Math.ceil(whole / MOST_TICKS / 864e5) * 864e5;
  const count = Math.floor((whole * 0.96) / step) + 1;
  return Array.from({ length: count }, (_, index) => ({ ms: index * step, percent: ((index * step) / whole) * 100 }));
}
