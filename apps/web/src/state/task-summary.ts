import { type State, STATE_ORDER, stateOf } from "./state-label.ts";

interface Cell {
  readonly task_id: string;
  readonly state: string;
  readonly start_date: string | null;
  readonly end_date: string | null;
}

/** A task of a run in one glance: of a mapped task the state that most needs a look, over all its instances. */
export interface TaskSummary {
  readonly state: State;
  /** Instances; more than one when the task is mapped. */
  readonly count: number;
  readonly start: string | null;
  /** Null while any instance has not ended. */
  readonly end: string | null;
}

export function summariseTasks(cells: readonly Cell[]): ReadonlyMap<string, TaskSummary> {
  const summaries = new Map<string, TaskSummary>();
  for (const cell of cells) {
    const state = stateOf(cell.state);
    const before = summaries.get(cell.task_id);
    if (!before) {
      summaries.set(cell.task_id, { state, count: 1, start: cell.start_date, end: cell.end_date });
      continue;
    }
    const starts = [before.start, cell.start_date].filter((at) => at !== null).sort();
    summaries.set(cell.task_id, {
      state: STATE_ORDER.indexOf(state) < STATE_ORDER.indexOf(before.state) ? state : before.state,
      count: before.count + 1,
      start: starts[0] ?? null,
      end: before.end === null || cell.end_date === null ? null : before.end > cell.end_date ? before.end : cell.end_date,
    });
  }
  return summaries;
}

/** The state that most needs a look among those of several tasks; undefined when none of them is known. */
export function worstOf(taskIds: readonly string[], summaries: ReadonlyMap<string, TaskSummary>): State | undefined {
  let worst: State | undefined;
  for (const taskId of taskIds) {
    const state = summaries.get(taskId)?.state;
    if (state !== undefined && (worst === undefined || STATE_ORDER.indexOf(state) < STATE_ORDER.indexOf(worst))) worst = state;
  }
  return worst;
}
