import type { OverviewStore } from "@polyflow/store";
import { statement } from "./statement.ts";
import { nowOf, type StoreContext } from "./store-context.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** Result: DAGs with a file, those of them that are paused, files with import errors. */
const COUNT_DAGS = statement(
  "count_dags",
  `select count(*) filter (where is_active and not is_paused) as active, count(*) filter (where is_active and is_paused) as paused,
          (select count(*) from polyflow.import_error) as "importErrors"
   from polyflow.dag`,
);

/** Parameters: time from which finished runs count. Result: state, count. Both halves come from partial indexes. */
const COUNT_RUNS = statement(
  "count_runs",
  `select state, count(*) as count from polyflow.dag_run where state in ('queued', 'running') group by state
   union all
   select state, count(*) from polyflow.dag_run where end_date >= $1 group by state`,
);

/** Result: state, count, of unfinished task instances. */
const COUNT_TASK_INSTANCES = statement(
  "count_task_instances",
  `select state, count(*) as count from polyflow.task_instance
   where state not in ('success', 'failed', 'skipped', 'upstream_failed', 'removed')
   group by state`,
);

type CountRow = { readonly state: string; readonly count: number };

export function createOverviewStore(context: StoreContext): OverviewStore {
  const { database } = context;
  return {
    async countDags() {
      const row = await database.queryOne<{ active: number; paused: number; importErrors: number }>(COUNT_DAGS);
      return row ?? { active: 0, paused: 0, importErrors: 0 };
    },
    async countRuns() {
      const since = new Date(nowOf(context).getTime() - DAY_MS);
      return toCounts(await database.query<CountRow>(COUNT_RUNS, [since]));
    },
    async countTaskInstances() {
      return toCounts(await database.query<CountRow>(COUNT_TASK_INSTANCES));
    },
  };
}

function toCounts(rows: readonly CountRow[]): { readonly [state: string]: number } {
  return Object.fromEntries(rows.map((row) => [row.state, row.count]));
}
