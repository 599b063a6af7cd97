import { TASK_STATES_BY_URGENCY } from "@polyflow/contracts";
import type { GridRunCells, UiGrid } from "../api/grid.ts";
import type { State } from "../state/state-label.ts";

/** A task of a run in one glance. */
export interface GridCell {
  readonly state: State;
  /** Instances; more than one when the task is mapped, or when the cell stands for a group. */
  readonly count: number;
  /** Milliseconds from the run's start; null before the task starts. */
  readonly offsetMs: number | null;
  /** Most tries of an instance. */
  readonly tries: number;
  /** Milliseconds; null while it has not ended. */
  readonly durationMs: number | null;
}

/** A row of the grid: a task, or a group that stands for its tasks while it is closed. */
export interface GridRow {
  readonly kind: "task" | "group";
  readonly id: string;
  readonly label: string;
  /** How deep it stands within groups. */
  readonly depth: number;
  /** Places of its tasks in the grid's list. */
  readonly places: readonly number[];
  /** Groups only. */
  readonly opened: boolean;
}

/** Rows from the tasks, those of a group together under its name; tasks of closed groups are left out. */
export function gridRows({ tasks, groups }: Pick<UiGrid, "tasks" | "groups">, closed: ReadonlySet<string>): readonly GridRow[] {
  const rows: GridRow[] = [];
  const done = new Set<string>();
  const known = new Map(groups.map((group) => [group.group_id, group]));
  /** Groups around a task, the outermost first. */
  const around = tasks.map((task) => {
    const path: string[] = [];
    for (let at = task.group_id; at !== null; at = known.get(at)?.parent_id ?? null) path.unshift(at);
    return path;
  });
  const add = (place: number, depth: number) => {
    const task = tasks[place];
    const groupId = around[place]?.[depth];
    if (task === undefined) return;
    if (groupId === undefined) {
      rows.push({ kind: "task", id: task.task_id, label: task.label, depth, places: [place], opened: true });
      return;
    }
    if (done.has(groupId)) return;
    done.add(groupId);
    const places = tasks.flatMap((_, other) => (around[other]?.[depth] === groupId ? [other] : []));
    const opened = !closed.has(groupId);
    rows.push({ kind: "group", id: groupId, label: known.get(groupId)?.label ?? groupId, depth, places, opened });
    if (opened) for (const inner of places) add(inner, depth + 1);
  };
  tasks.forEach((_, place) => add(place, 0));
  return rows;
}

/** Cells of a run by the places of their tasks. */
export function cellsByPlace(run: GridRunCells): ReadonlyMap<number, GridCell> {
  return new Map(
    run.places.map((place, index) => [
      place,
      {
        state: TASK_STATES_BY_URGENCY[run.states[index] ?? -1] ?? "none",
        count: run.instances?.[index] ?? 1,
        tries: run.tries?.[index] ?? 1,
        offsetMs: run.offsets[index] ?? null,
        durationMs: run.durations[index] ?? null,
      },
    ]),
  );
}

/** What a row shows of a run: the task's cell, or of a group the state that most needs a look over all its tasks. */
export function cellOf(row: GridRow, cells: ReadonlyMap<number, GridCell> | undefined): GridCell | undefined {
  if (cells === undefined) return undefined;
  const found = row.places.map((place) => cells.get(place)).filter((cell) => cell !== undefined);
  const [first] = found;
  if (first === undefined || found.length === 1) return first;
  const urgency = (cell: GridCell) => TASK_STATES_BY_URGENCY.findIndex((state) => state === cell.state);
  const starts = found.map((cell) => cell.offsetMs).filter((offset) => offset !== null);
  const offsetMs = starts.length === 0 ? null : Math.min(...starts);
  const ends = found.map((cell) => (cell.offsetMs === null || cell.durationMs === null ? null : cell.offsetMs + cell.durationMs));
  const hasEnded = offsetMs !== null && ends.every((end) => end !== null);
  return {
    state: found.reduce((worst, cell) => (urgency(cell) < urgency(worst) ? cell : worst), first).state,
    count: found.reduce((sum, cell) => sum + cell.count, 0),
    offsetMs,
    tries: Math.max(...found.map((cell) => cell.tries)),
    durationMs: hasEnded ? Math.max(...ends.map((end) => end ?? 0)) - offsetMs : null,
  };
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
