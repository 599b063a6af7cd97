import type { Activity, OverviewStore } from "@polyflow/store";
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

/** Parameters: since, readable DAG ids or null. Result: hours with ended runs. */
const ENDED_BY_HOUR = statement(
  "ended_by_hour",
  `select date_trunc('hour', end_date) as at, count(*) filter (where state = 'success')::integer as success,
          count(*) filter (where state = 'failed')::integer as failed
   from polyflow.dag_run
   where end_date >= $1 and ($2::text[] is null or dag_id = any($2))
   group by 1
   order by 1`,
);

/** Parameters: since, readable DAG ids or null, how many. Result: ended runs, the longest first. */
const SLOWEST_RUNS = statement(
  "slowest_runs",
  `select run.dag_id as "dagId", dag.display_name as "displayName", run.run_id as "runId", run.state,
          (extract(epoch from run.end_date - run.start_date) * 1000)::double precision as "durationMs"
   from (
     select * from polyflow.dag_run
     where end_date >= $1 and start_date is not null and ($2::text[] is null or dag_id = any($2))
     order by end_date - start_date desc
     limit $3
   ) run
   join polyflow.dag using (dag_id)
   order by 5 desc`,
);

/** Parameters: since, readable DAG ids or null, how many. Result: DAGs with failed runs, those with most first. */
const FAILING_DAGS = statement(
  "failing_dags",
  `select ended.*, dag.display_name as "displayName"
   from (
     select dag_id as "dagId", count(*) filter (where state = 'failed')::integer as failed, count(*)::integer as total,
            (array_agg(run_id order by end_date desc) filter (where state = 'failed'))[1] as "lastFailedRunId"
     from polyflow.dag_run
     where end_date >= $1 and ($2::text[] is null or dag_id = any($2))
     group by dag_id
     having count(*) filter (where state = 'failed') > 0
     order by 2 desc, 3
     limit $3
   ) ended
   join polyflow.dag on dag.dag_id = ended."dagId"
   order by ended.failed desc, ended.total`,
);

type Rows<Of> = { readonly [Column in keyof Of]: Of[Column] };
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
    async activity({ since, readableDagIds, most }) {
      const readable = readableDagIds ?? null;
      const [hours, slowest, failing] = await Promise.all([
        database.query<Rows<Activity["hours"][number]>>(ENDED_BY_HOUR, [since, readable]),
        database.query<Rows<Activity["slowest"][number]>>(SLOWEST_RUNS, [since, readable, most]),
        database.query<Rows<Activity["failing"][number]>>(FAILING_DAGS, [since, readable, most]),
      ]);
      return { hours, slowest, failing };
    },
    async countTaskInstances() {
      return toCounts(await database.query<CountRow>(COUNT_TASK_INSTANCES));
    },
  };
}

function toCounts(rows: readonly CountRow[]): { readonly [state: string]: number } {
  return Object.fromEntries(rows.map((row) => [row.state, row.count]));
}
