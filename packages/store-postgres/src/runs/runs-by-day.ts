import type { DagRunState } from "@polyflow/contracts";
import type { RunDay } from "@polyflow/store";
import { statement } from "../statement.ts";
import type { StoreContext } from "../store-context.ts";

/** Parameters: DAG id, from, until, time zone. Result: a row for each day and state, along the index of a DAG's newest runs. */
const RUNS_BY_DAY = statement(
  "runs_by_day",
  `select to_char(run.run_after at time zone $4, 'YYYY-MM-DD') as day, run.state, count(*)::integer as count
   from polyflow.dag_run run
   where run.dag_id = $1 and run.run_after >= $2 and run.run_after < $3
   group by 1, 2
   order by 1`,
);

/** See RunStore.runsByDay. */
export async function runsByDay(
  { database }: StoreContext,
  dagId: string,
  range: { readonly from: Date; readonly until: Date; readonly timezone: string },
): Promise<readonly RunDay[]> {
  const rows = await database.query<{ day: string; state: DagRunState; count: number }>(RUNS_BY_DAY, [
    dagId,
    range.from,
    range.until,
    range.timezone,
  ]);
  return [...Map.groupBy(rows, (row) => row.day)].map(([day, states]) => ({
    day,
    states: Object.fromEntries(states.map(({ state, count }) => [state, count])),
  }));
}
