import type { DeadLetterFilter, DeadLetterRecord, Page } from "@polyflow/store";
import { statement } from "../statement.ts";
import type { StoreContext } from "../store-context.ts";

/** Parameters: losses that are made good, DAG or null, readable DAGs or null, limit, offset. Result: newest first, each with the number of all. */
const LIST_DEAD_LETTERS = statement(
  "list_dead_letters",
  `select run.dag_id as "dagId", run.run_id as "runId", ti.task_id as "taskId", ti.map_index as "mapIndex", ti.try_number as "tryNumber",
          ti.losses, ti.reason, ti.hostname, ti.end_date as "endDate", count(*) over ()::integer as total
   from polyflow.task_instance ti join polyflow.dag_run run using (dag_run_id)
   where ti.losses > 0 and ti.losses > $1 and ti.state = 'failed' and ($2::text is null or run.dag_id = $2)
     and ($3::text[] is null or run.dag_id = any($3))
   order by ti.end_date desc, ti.task_instance_id
   limit $4 offset $5`,
);

/** See RunStore.listDeadLetters. */
export async function listDeadLetters({ database }: StoreContext, filter: DeadLetterFilter): Promise<Page<DeadLetterRecord>> {
  type Row = { readonly [Column in keyof DeadLetterRecord]: DeadLetterRecord[Column] } & { readonly total: number };
  const { moreLossesThan, dagId = null, readableDagIds = null, limit, offset } = filter;
  const rows = await database.query<Row>(LIST_DEAD_LETTERS, [moreLossesThan, dagId, readableDagIds, limit, offset]);
  return { rows: rows.map(({ total: _total, ...row }) => row), total: rows[0]?.total ?? 0 };
}
