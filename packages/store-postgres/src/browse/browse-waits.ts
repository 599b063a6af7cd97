import type { BrowsedWait, BrowseWaitsQuery, KeysetPage } from "@polyflow/store";
import { pagingText } from "../paging.ts";
import { TASK_INSTANCE_COLUMNS } from "../runs/run-row.ts";
import type { StoreContext } from "../store-context.ts";
import { containing, runConditions } from "./conditions.ts";
import { decodeCursor, toPage } from "./keyset.ts";

type WaitRow = { readonly [Column in keyof BrowsedWait]: BrowsedWait[Column] };

/**
 * Those that have waited longest first. Found by what is not finished (`task_instance_unfinished`), which is little beside all that ended.
 * Where nobody has noted since when a task waits, its last attempt's end or its run's time stands for that.
 */
export async function browseWaits({ database }: StoreContext, query: BrowseWaitsQuery): Promise<KeysetPage<BrowsedWait>> {
  const states = query.states ?? ["deferred", "up_for_reschedule", "up_for_retry"];
  const conditions = runConditions(query)
    .raw("ti.state not in ('success', 'failed', 'skipped', 'upstream_failed', 'removed')")
    .add(states, (value) => `ti.state = any(${value}::text[])`)
    .add(containing(query.task), (value) => `ti.task_id ilike ${value}`);
  const rows = await database.queryText<WaitRow>(
    `select * from (
       select ${TASK_INSTANCE_COLUMNS}, run.run_after as "runAfter",
              date_trunc('milliseconds', coalesce(wait.began_at, ti.end_date, ti.start_date, run.run_after)) as since,
              coalesce(wait.waits, 0) as waits, wait.trigger ->> 'kind' as trigger, wait.timeout_at as "timeoutAt",
              coalesce(wait.is_watched, false) as "isWatched", session.name as watcher
       from polyflow.task_instance ti join polyflow.dag_run run using (dag_run_id)
       left join polyflow.task_wait wait using (task_instance_id)
       left join polyflow.worker_session session on session.worker_session_id = wait.worker_session_id and wait.is_watched
       ${conditions.where}
     ) waiting ${placeAfter()}
     order by since, "taskInstanceId" ${pagingText({ limit: query.limit + 1, offset: 0 })}`,
    conditions.values,
  );
  return toPage(rows, query.limit, (row) => [row.since.toISOString(), row.taskInstanceId]);

  function placeAfter(): string {
    if (query.after === undefined) return "";
    const [since, id] = decodeCursor(query.after, ["instant", "uuid"]);
    return `where (since, "taskInstanceId") > (${conditions.place(since)}::timestamptz, ${conditions.place(id)}::uuid)`;
  }
}
