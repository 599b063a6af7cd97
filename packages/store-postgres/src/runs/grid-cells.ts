import { TASK_STATES_BY_URGENCY, type TaskInstanceState } from "@polyflow/contracts";
import type { GridCells } from "@polyflow/store";
import { statement } from "../statement.ts";
import type { StoreContext } from "../store-context.ts";

/** Milliseconds from the run's start to the instant. Not `extract`, which computes with numbers of any length. */
const sinceStart = (column: string) =>
  `round((date_part('epoch', ${column}) - date_part('epoch', coalesce(run.start_date, run.run_after))) * 1000)`;

/**
 * Parameters: DAG id, run ids, task ids, states by urgency. Result: a row for each run with the lists of its task instances: a row for
 * each instance would cost ten times as much to send and read. Each run's are found along the key of the table, none is sorted.
 */
const GRID_CELLS = statement(
  "grid_cells",
  `with wanted as materialized (select task_id, place::integer - 1 as place from unnest($3::text[]) with ordinality task (task_id, place))
   select run.run_id as "runId", cells.*
   from unnest($2::text[]) asked (run_id)
   join polyflow.dag_run run on run.dag_id = $1 and run.run_id = asked.run_id
   cross join lateral (
     select array_agg(wanted.place) as places, array_agg(array_position($4::text[], ti.state)) as urgencies,
            array_agg(${sinceStart("ti.start_date")}) as starts, array_agg(${sinceStart("ti.end_date")}) as ends,
            array_agg(ti.try_number) as tries
     from polyflow.task_instance ti join wanted using (task_id)
     where ti.dag_run_id = run.dag_run_id
   ) cells
   where cells.places is not null`,
);

interface Row {
  readonly runId: string;
  readonly places: readonly number[];
  readonly urgencies: readonly number[];
  readonly starts: readonly (number | null)[];
  readonly ends: readonly (number | null)[];
  readonly tries: readonly number[];
}

/** All instances of one task of a run, put together. */
interface Cell {
  urgency: number;
  start: number | null;
  /** Null while any has not ended. */
  end: number | null;
  tries: number;
  instances: number;
}

export async function gridCells(
  context: StoreContext,
  dagId: string,
  runIds: readonly string[],
  taskIds: readonly string[],
): Promise<readonly GridCells[]> {
  const rows = await context.database.query<{ readonly [Column in keyof Row]: Row[Column] }>(GRID_CELLS, [
    dagId,
    runIds,
    taskIds,
    TASK_STATES_BY_URGENCY,
  ]);
  return rows.map((row) => columnOf(row, taskIds.length));
}

function columnOf(row: Row, taskCount: number): GridCells {
  const cells = cellsByPlace(row, taskCount);
  const places = [...cells.keys()].filter((place) => cells[place] !== undefined);
  const shown = cells.filter((cell) => cell !== undefined);
  return {
    runId: row.runId,
    places,
    states: shown.map((cell): TaskInstanceState => TASK_STATES_BY_URGENCY[cell.urgency - 1] ?? "none"),
    offsetsMs: shown.map((cell) => cell.start),
    durationsMs: shown.map(({ start, end }) => (start === null || end === null ? null : end - start)),
    tries: shown.map((cell) => cell.tries),
    instances: shown.map((cell) => cell.instances),
  };
}

function cellsByPlace(row: Row, taskCount: number): (Cell | undefined)[] {
  const cells: (Cell | undefined)[] = Array.from({ length: taskCount });
  for (const [index, place] of row.places.entries()) {
    const one: Cell = {
      urgency: row.urgencies[index] ?? TASK_STATES_BY_URGENCY.length,
      start: row.starts[index] ?? null,
      end: row.ends[index] ?? null,
      tries: row.tries[index] ?? 0,
      instances: 1,
    };
    const others = cells[place];
    cells[place] = others === undefined ? one : together(others, one);
  }
  return cells;
}

function together(cell: Cell, other: Cell): Cell {
  return {
    urgency: Math.min(cell.urgency, other.urgency),
    start: cell.start === null || other.start === null ? (cell.start ?? other.start) : Math.min(cell.start, other.start),
    end: cell.end === null || other.end === null ? null : Math.max(cell.end, other.end),
    tries: Math.max(cell.tries, other.tries),
    instances: cell.instances + other.instances,
  };
}
