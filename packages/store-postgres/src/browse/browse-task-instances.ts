import type { TaskInstanceState } from "@polyflow/contracts";
import type { BrowsedTask, BrowsedXCom, BrowseQuery, BrowseTasksQuery, BrowseXComsQuery, KeysetPage } from "@polyflow/store";
import { pagingText } from "../paging.ts";
import { TASK_INSTANCE_COLUMNS } from "../runs/run-row.ts";
import type { StoreContext } from "../store-context.ts";
import type { Database } from "../database.ts";
import { Conditions, containing, runConditions } from "./conditions.ts";
import { decodeCursor, type KeyKind, type KeyPart, toPage } from "./keyset.ts";
import { narrowedDags } from "./narrowed-dags.ts";

/** The row's key beside the fields that callers see. */
type Keyed<Row> = Row & { readonly runKey: string };
type TaskRow = { readonly [Column in keyof BrowsedTask]: BrowsedTask[Column] };
type XComRow = { readonly [Column in keyof Keyed<BrowsedXCom>]: Keyed<BrowsedXCom>[Column] };

/** Ended otherwise than well: there are few of them, and `task_instance_seldom` has them in the order of the list. */
const SELDOM: ReadonlySet<TaskInstanceState> = new Set(["failed", "skipped", "upstream_failed", "removed"]);
const SELDOM_ROWS = `ti.state in ('failed', 'skipped', 'upstream_failed', 'removed')`;
/** At most as many as the running runs have; `task_instance_unfinished` has them. */
const UNFINISHED_ROWS = `ti.state not in ('success', 'failed', 'skipped', 'upstream_failed', 'removed')`;

/**
 * Newest runs first; the tasks of a run by id. Without states, or with successes among them, a page is soon full: the list walks along
 * `dag_run_newest`, or along the runs of few DAGs. Other states may not occur in a hundred thousand runs; they are read from indexes of their own.
 */
export async function browseTaskInstances({ database }: StoreContext, query: BrowseTasksQuery): Promise<KeysetPage<BrowsedTask>> {
  const dagIds = await narrowedDags(database, query);
  if (dagIds?.length === 0) return { rows: [], next: null };
  const isWalk = query.states === undefined || query.states.includes("success");
  const conditions = taskConditions(query, isWalk ? "run.run_after" : "ti.run_after");
  const page = pagingText({ limit: query.limit + 1, offset: 0 });
  const text = isWalk ? walkText(conditions, dagIds, page) : fewText(conditions, query.states ?? [], page);
  const rows = await database.queryText<TaskRow>(text, conditions.values);
  return toPage(rows, query.limit, (row) => [row.runAfter.toISOString(), row.runKey, row.taskId, row.mapIndex]);
}

function taskConditions(query: BrowseTasksQuery, runAfter: Place["runAfter"]): Conditions {
  const conditions = runConditions(query)
    .add(query.states, (value) => `ti.state = any(${value}::text[])`)
    .add(containing(query.task), (value) => `ti.task_id ilike ${value}`)
    .add(query.pool, (value) => `ti.pool = ${value}`)
    .add(query.queue, (value) => `ti.queue = ${value}`)
    .add(query.operator, (value) => `ti.operator = ${value}`);
  startAfter(conditions, query, {
    kinds: ["instant", "uuid", "text", "number"],
    runAfter,
    columns: ["ti.dag_run_id", "ti.task_id", "ti.map_index"],
    types: ["uuid", "text", "integer"],
  });
  return conditions;
}

const TASK_ROW = `${TASK_INSTANCE_COLUMNS}, run.run_after as "runAfter"`;

function walkText(conditions: Conditions, dagIds: readonly string[] | undefined, page: string): string {
  const walk = (where: string) => `select ${TASK_ROW}
    from polyflow.dag_run run join polyflow.task_instance ti using (dag_run_id) ${where}
    order by run.run_after desc, run.dag_run_id, ti.task_id, ti.map_index ${page}`;
  if (dagIds === undefined) return walk(conditions.where);
  const asked = conditions.place(dagIds);
  return `select part.* from unnest(${asked}::text[]) asked (dag_id) cross join lateral (
      ${walk(conditions.raw("run.dag_id = asked.dag_id").where)}
    ) part
    order by "runAfter" desc, "runKey", "taskId", "mapIndex" ${page}`;
}

/** A page of each seldom state and all that is unfinished, and of these the first page. */
function fewText(conditions: Conditions, states: readonly TaskInstanceState[], page: string): string {
  const parts: string[] = [];
  const seldom = states.filter((state) => SELDOM.has(state));
  if (seldom.length > 0)
    parts.push(`select part.* from unnest(${conditions.place(seldom)}::text[]) seldom (state) cross join lateral (
      select ${TASK_ROW} from polyflow.task_instance ti join polyflow.dag_run run using (dag_run_id)
      ${conditions.where} and ti.state = seldom.state and ${SELDOM_ROWS}
      order by ti.run_after desc, ti.dag_run_id, ti.task_id, ti.map_index ${page}
    ) part`);
  if (seldom.length < states.length)
    parts.push(`select ${TASK_ROW}
      from (select * from polyflow.task_instance ti where ${UNFINISHED_ROWS} offset 0) ti join polyflow.dag_run run using (dag_run_id)
      ${conditions.where}`);
  return `select * from (${parts.join(" union all ")}) found order by "runAfter" desc, "runKey", "taskId", "mapIndex" ${page}`;
}

/** So many XComs are sorted rather than looked for along the runs: where few tasks leave some, a walk would pass a million that left none. */
const FEW_XCOMS = 5000;

async function areFewXComs(database: Database, key: string | undefined): Promise<boolean> {
  const conditions = new Conditions().add(containing(key), (value) => `key ilike ${value}`);
  const [row] = await database.queryText<{ held: number }>(
    `select count(*)::integer as held from (select from polyflow.xcom ${conditions.where} limit ${FEW_XCOMS + 1}) found`,
    conditions.values,
  );
  return row !== undefined && row.held <= FEW_XCOMS;
}

/** In the same order; the entries of a task instance by key. */
export async function browseXComs({ database }: StoreContext, query: BrowseXComsQuery): Promise<KeysetPage<BrowsedXCom>> {
  const [dagIds, areFew] = await Promise.all([narrowedDags(database, query), areFewXComs(database, query.key)]);
  if (dagIds?.length === 0) return { rows: [], next: null };
  const conditions = runConditions(query)
    .add(containing(query.task), (value) => `ti.task_id ilike ${value}`)
    .add(containing(query.key), (value) => `xcom.key ilike ${value}`);
  startAfter(conditions, query, {
    kinds: ["instant", "uuid", "text", "number", "text"],
    runAfter: "run.run_after",
    columns: ["run.dag_run_id", "ti.task_id", "ti.map_index", "xcom.key"],
    types: ["uuid", "text", "integer", "text"],
  });
  if (dagIds !== undefined) conditions.add(dagIds, (value) => `run.dag_id = any(${value}::text[])`);
  const key = containing(query.key);
  const ofKey = areFew && key !== undefined ? `where key ilike ${conditions.place(key)}` : "";
  const xcoms = areFew ? `(select * from polyflow.xcom ${ofKey} offset 0) xcom` : "polyflow.xcom";
  const rows = await database.queryText<XComRow>(
    `select run.dag_run_id as "runKey", run.dag_id as "dagId", run.run_id as "runId", run.run_after as "runAfter", ti.task_id as "taskId",
            ti.map_index as "mapIndex", xcom.key, xcom.at
     from ${xcoms} join polyflow.task_instance ti using (task_instance_id) join polyflow.dag_run run using (dag_run_id)
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
  /** Task instances have a copy of their run's. */
  readonly runAfter: "run.run_after" | "ti.run_after";
  readonly columns: readonly string[];
  readonly types: readonly string[];
}

function startAfter(conditions: Conditions, { after }: BrowseQuery, { kinds, runAfter: column, columns, types }: Place): void {
  if (after === undefined) return;
  const [runAfter, ...rest] = decodeCursor(after, kinds);
  const at = `${conditions.place(runAfter)}::timestamptz`;
  const key = rest.map((part: KeyPart, index) => `${conditions.place(part)}::${types[index]}`).join(", ");
  conditions.raw(`${column} <= ${at}`).raw(`(${column} < ${at} or (${columns.join(", ")}) > (${key}))`);
}
