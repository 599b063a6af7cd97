import type { BrowsedTask, BrowsedXCom, BrowseQuery, BrowseTasksQuery, BrowseXComsQuery, KeysetPage } from "@polyflow/store";
import { pagingText } from "../paging.ts";
import { TASK_INSTANCE_COLUMNS } from "../runs/run-row.ts";
import type { StoreContext } from "../store-context.ts";
import { type Conditions, containing, runConditions } from "./conditions.ts";
import { decodeCursor, type KeyKind, type KeyPart, toPage } from "./keyset.ts";

/** The row's key beside the fields that callers see. */
type Keyed<Row> = Row & { readonly runKey: string };
type TaskRow = { readonly [Column in keyof BrowsedTask]: BrowsedTask[Column] };
type XComRow = { readonly [Column in keyof Keyed<BrowsedXCom>]: Keyed<BrowsedXCom>[Column] };

/** Newest runs first, along `dag_run_newest`; the tasks of a run by id. */
export async function browseTaskInstances({ database }: StoreContext, query: BrowseTasksQuery): Promise<KeysetPage<BrowsedTask>> {
  const conditions = runConditions(query)
    .add(query.states, (value) => `ti.state = any(${value}::text[])`)
    .add(containing(query.task), (value) => `ti.task_id ilike ${value}`)
    .add(query.pool, (value) => `ti.pool = ${value}`)
    .add(query.queue, (value) => `ti.queue = ${value}`)
    .add(query.operator, (value) => `ti.operator = ${value}`);
  startAfter(conditions, query, {
    kinds: ["instant", "uuid", "text", "number"],
    columns: ["run.dag_run_id", "ti.task_id", "ti.map_index"],
    types: ["uuid", "text", "integer"],
  });
  const rows = await database.queryText<TaskRow>(
    `select ${TASK_INSTANCE_COLUMNS}, run.run_after as "runAfter"
     from polyflow.dag_run run join polyflow.task_instance ti using (dag_run_id) ${conditions.where}
     order by run.run_after desc, run.dag_run_id, ti.task_id, ti.map_index ${pagingText({ limit: query.limit + 1, offset: 0 })}`,
    conditions.values,
  );
  return toPage(rows, query.limit, (row) => [row.runAfter.toISOString(), row.runKey, row.taskId, row.mapIndex]);
}

/** In the same order; the entries of a task instance by key. */
export async function browseXComs({ database }: StoreContext, query: BrowseXComsQuery): Promise<KeysetPage<BrowsedXCom>> {
  const conditions = runConditions(query)
    .add(containing(query.task), (value) => `ti.task_id ilike ${value}`)
    .add(containing(query.key), (value) => `xcom.key ilike ${value}`);
  startAfter(conditions, query, {
    kinds: ["instant", "uuid", "text", "number", "text"],
    columns: ["run.dag_run_id", "ti.task_id", "ti.map_index", "xcom.key"],
    types: ["uuid", "text", "integer", "text"],
  });
  const rows = await database.queryText<XComRow>(
    `select run.dag_run_id as "runKey", run.dag_id as "dagId", run.run_id as "runId", run.run_after as "runAfter", ti.task_id as "taskId",
            ti.map_index as "mapIndex", xcom.key, xcom.at
     from polyflow.dag_run run join polyflow.task_instance ti using (dag_run_id) join polyflow.xcom using (task_instance_id)
     ${conditions.where}
     order by run.run_after desc, run.dag_run_id, ti.task_id, ti.map_index, xcom.key
     ${pagingText({ limit: query.limit + 1, offset: 0 })}`,
    conditions.values,
  );
  const page = toPage(rows, query.limit, (row) => [row.runAfter.toISOString(), row.runKey, row.taskId, row.mapIndex, row.key]);
  return { next: page.next, rows: page.rows.map(({ runKey: _key, ...row }) => row) };
}

interface Place {
  readonly kinds: readonly KeyKind[];
  readonly columns: readonly string[];
  readonly types: readonly string[];
}

function startAfter(conditions: Conditions, { after }: BrowseQuery, { kinds, columns, types }: Place): void {
  if (after === undefined) return;
  const [runAfter, ...rest] = decodeCursor(after, kinds);
  const at = `${conditions.place(runAfter)}::timestamptz`;
  const key = rest.map((part: KeyPart, index) => `${conditions.place(part)}::${types[index]}`).join(", ");
  conditions.raw(`run.run_after <= ${at}`).raw(`(run.run_after < ${at} or (${columns.join(", ")}) > (${key}))`);
}
