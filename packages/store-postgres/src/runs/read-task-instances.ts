import type { JsonObject, TaskInstanceId } from "@polyflow/contracts";
import type { LoadReportRecord, TaskInstanceRecord, TaskInstanceRef, TaskTryRecord, XComRecord } from "@polyflow/store";
import { statement } from "../statement.ts";
import type { StoreContext } from "../store-context.ts";
import { TASK_INSTANCE_COLUMNS, type TaskInstanceRow } from "./run-row.ts";

type TryRow = { readonly [Column in keyof TaskTryRecord]: TaskTryRecord[Column] };
type XComRow = { readonly [Column in keyof XComRecord]: XComRecord[Column] };
type LoadReportRow = { readonly [Column in keyof LoadReportRecord]: LoadReportRecord[Column] };

const OF_RUN = `run.dag_id = $1 and run.run_id = $2`;
const OF_REF = `${OF_RUN} and ti.task_id = $3 and ti.map_index = $4`;

/** Parameters: DAG id, run id. Result: task instances in the order of the DAG. */
const LIST_TASK_INSTANCES = statement(
  "list_task_instances",
  `select ${TASK_INSTANCE_COLUMNS} from polyflow.dag_run run join polyflow.task_instance ti using (dag_run_id)
   where ${OF_RUN}
   order by ti.position, ti.map_index`,
);

/** Parameters: DAG id, run id, task id, map index. */
const GET_TASK_INSTANCE = statement(
  "get_task_instance",
  `select ${TASK_INSTANCE_COLUMNS} from polyflow.dag_run run join polyflow.task_instance ti using (dag_run_id) where ${OF_REF}`,
);

/** The attempts in the history, and the one that the task instance itself describes once it has ended. */
function triesText(condition: string): string {
  return `
    select ti.task_instance_id as "taskInstanceId", try.try_number as "tryNumber", try.state, try.queued_at as "queuedAt",
           try.start_date as "startDate", try.end_date as "endDate", try.hostname, try.reason
    from polyflow.dag_run run join polyflow.task_instance ti using (dag_run_id) join polyflow.task_try try using (task_instance_id)
    where ${condition}
    union all
    select ti.task_instance_id, ti.try_number, ti.state, ti.queued_at, ti.start_date, ti.end_date, ti.hostname, ti.reason
    from polyflow.dag_run run join polyflow.task_instance ti using (dag_run_id)
    where ${condition} and ti.attempt_id is not null and ti.end_date is not null
    order by 1, 2`;
}

/** Parameters: DAG id, run id, task id, map index. Result: ended attempts, oldest first. */
const LIST_TRIES = statement("list_tries", triesText(OF_REF));
/** Parameters: DAG id, run id. */
const LIST_TRIES_OF_RUN = statement("list_tries_of_run", triesText(OF_RUN));

/** Parameters: DAG id, run id, task id, map index. */
const LIST_XCOMS = statement(
  "list_xcoms",
  `select xcom.key, xcom.value, xcom.at
   from polyflow.dag_run run join polyflow.task_instance ti using (dag_run_id) join polyflow.xcom using (task_instance_id)
   where ${OF_REF}
   order by xcom.key`,
);

/** Parameters: DAG id, run id, task id, map index. */
const GET_RENDERED_FIELDS = statement(
  "get_rendered_fields",
  `select rendered.fields
   from polyflow.dag_run run join polyflow.task_instance ti using (dag_run_id) join polyflow.rendered_fields rendered using (task_instance_id)
   where ${OF_REF}`,
);

/** Parameters: DAG id, run id. Result: reports, oldest first. */
const LIST_LOAD_REPORTS = statement(
  "list_load_reports",
  `select ti.task_id as "taskId", ti.map_index as "mapIndex", load.try_number as "tryNumber", load.report
   from polyflow.dag_run run join polyflow.task_instance ti using (dag_run_id) join polyflow.load_report load using (task_instance_id)
   where ${OF_RUN}
   order by ti.position, ti.map_index, load.at`,
);

export async function listTaskInstances(context: StoreContext, dagId: string, runId: string): Promise<readonly TaskInstanceRecord[]> {
  return context.database.query<TaskInstanceRow>(LIST_TASK_INSTANCES, [dagId, runId]);
}

export async function getTaskInstance(context: StoreContext, ref: TaskInstanceRef): Promise<TaskInstanceRecord | undefined> {
  return context.database.queryOne<TaskInstanceRow>(GET_TASK_INSTANCE, refValues(ref));
}

export async function listTries(context: StoreContext, ref: TaskInstanceRef): Promise<readonly TaskTryRecord[]> {
  const rows = await context.database.query<TryRow & { readonly taskInstanceId: TaskInstanceId }>(LIST_TRIES, refValues(ref));
  return rows.map(({ taskInstanceId: _id, ...row }) => row);
}

export async function listTriesOfRun(
  context: StoreContext,
  dagId: string,
  runId: string,
): Promise<ReadonlyMap<TaskInstanceId, readonly TaskTryRecord[]>> {
  const rows = await context.database.query<TryRow & { readonly taskInstanceId: TaskInstanceId }>(LIST_TRIES_OF_RUN, [dagId, runId]);
  const tries = new Map<TaskInstanceId, TaskTryRecord[]>();
  for (const { taskInstanceId, ...row } of rows) {
    const known = tries.get(taskInstanceId);
    if (known === undefined) tries.set(taskInstanceId, [row]);
    else known.push(row);
  }
  return tries;
}

export async function listXComs(context: StoreContext, ref: TaskInstanceRef): Promise<readonly XComRecord[]> {
  const rows = await context.database.query<XComRow>(LIST_XCOMS, refValues(ref));
  return Promise.all(rows.map(async (row) => ({ ...row, value: await context.xcoms.resolve(row.value) })));
}

export async function getRenderedFields(context: StoreContext, ref: TaskInstanceRef): Promise<JsonObject | undefined> {
  return (await context.database.queryOne<{ fields: JsonObject }>(GET_RENDERED_FIELDS, refValues(ref)))?.fields;
}

export async function listLoadReports(context: StoreContext, dagId: string, runId: string): Promise<readonly LoadReportRecord[]> {
  return context.database.query<LoadReportRow>(LIST_LOAD_REPORTS, [dagId, runId]);
}

function refValues(ref: TaskInstanceRef): readonly unknown[] {
  return [ref.dagId, ref.runId, ref.taskId, ref.mapIndex];
}
