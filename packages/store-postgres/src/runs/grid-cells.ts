import { TASK_STATES_BY_URGENCY } from "@polyflow/contracts";
import type { GridCells } from "@polyflow/store";
import { statement } from "../statement.ts";
import type { StoreContext } from "../store-context.ts";

/** A month: longer stretches of time are shown as this, so that they fit into four bytes. */
const LONGEST_MS = 2_147_483_647;

const milliseconds = (interval: string) =>
  `case when ${interval} is not null then least(extract(epoch from ${interval}) * 1000, ${LONGEST_MS})::integer end`;

/**
 * Parameters: DAG id, run ids, task ids, states by urgency. Result: a row for each run with the lists of its tasks: a row for each task
 * would cost ten times as much to send and read.
 */
const GRID_CELLS = statement(
  "grid_cells",
  `with wanted as materialized (select task_id, place::integer - 1 as place from unnest($3::text[]) with ordinality task (task_id, place)),
   cell as materialized (
     select run.run_id, wanted.place, min(array_position($4::text[], ti.state)) as urgency, count(*)::integer as instances, max(ti.try_number) as tries,
            min(ti.start_date - coalesce(run.start_date, run.run_after)) as started,
            case when count(ti.end_date) = count(*) then max(ti.end_date - coalesce(run.start_date, run.run_after)) end as ended
     from unnest($2::text[]) asked (run_id)
     join polyflow.dag_run run on run.dag_id = $1 and run.run_id = asked.run_id
     join polyflow.task_instance ti using (dag_run_id)
     join wanted on wanted.task_id = ti.task_id
     group by run.run_id, wanted.place
   )
   select run_id as "runId", array_agg(place order by place) as places, array_agg(urgency order by place) as urgencies,
          array_agg(${milliseconds("started")} order by place) as "offsetsMs",
          array_agg(${milliseconds("(ended - started)")} order by place) as "durationsMs",
          array_agg(tries order by place) as tries, array_agg(instances order by place) as instances
   from cell
   group by run_id`,
);

type Row = { readonly [Column in keyof Omit<GridCells, "states">]: GridCells[Column] } & { readonly urgencies: readonly number[] };

export async function gridCells(
  context: StoreContext,
  dagId: string,
  runIds: readonly string[],
  taskIds: readonly string[],
): Promise<readonly GridCells[]> {
  const rows = await context.database.query<Row>(GRID_CELLS, [dagId, runIds, taskIds, TASK_STATES_BY_URGENCY]);
  return rows.map(({ urgencies, ...row }) => ({
    ...row,
    states: urgencies.map((urgency) => TASK_STATES_BY_URGENCY[urgency - 1] ?? "none"),
  }));
}
