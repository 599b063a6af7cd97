import type { UiGrid, UiRunSummary } from "../api/dags.ts";
import { summariseTasks, type TaskSummary } from "../state/task-summary.ts";

/** One column of the grid. */
export interface GridColumn {
  readonly run: UiRunSummary;
  readonly tasks: ReadonlyMap<string, TaskSummary>;
}

/** Columns from the oldest run to the newest, as time flows. */
export function gridColumns(grid: UiGrid): readonly GridColumn[] {
  return grid.runs.map((run) => ({ run, tasks: summariseTasks(run.tasks) })).reverse();
}

export interface GridPosition {
  /** -1: the row of runs above the tasks. */
  readonly row: number;
  readonly column: number;
}

/** Where a key leads from a position; null for keys that do not move. */
export function moveInGrid(
  from: GridPosition,
  key: string,
  size: { readonly rows: number; readonly columns: number },
): GridPosition | null {
  const clamp = (row: number, column: number): GridPosition => ({
    row: Math.max(-1, Math.min(size.rows - 1, row)),
    column: Math.max(0, Math.min(size.columns - 1, column)),
  });
  switch (key) {
    case "ArrowUp":
      return clamp(from.row - 1, from.column);
    case "ArrowDown":
      return clamp(from.row + 1, from.column);
    case "ArrowLeft":
      return clamp(from.row, from.column - 1);
    case "ArrowRight":
      return clamp(from.row, from.column + 1);
    case "Home":
      return clamp(from.row, 0);
    case "End":
      return clamp(from.row, size.columns - 1);
    case "PageUp":
      return clamp(-1, from.column);
    case "PageDown":
      return clamp(size.rows - 1, from.column);
    default:
      return null;
  }
}
