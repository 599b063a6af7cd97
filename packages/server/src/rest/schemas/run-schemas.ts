import { DAG_RUN_STATES, DAG_RUN_TYPES, RUN_ID_PATTERN, TASK_INSTANCE_STATES, TRIGGERED_BY } from "@polyflow/contracts";
import { z } from "zod";
import { dagId, taskId } from "../../http/path-params.ts";
import { instantInput } from "../../http/query.ts";
import { instant, jsonObject, jsonValue, maybeInstant, maybeText, unusedUnless } from "./common.ts";
import { dagVersion } from "./dag-schemas.ts";

const MAX_NOTE = 1000;
const note = z.string().max(MAX_NOTE).nullable();

export const dagRun = z
  .object({
    dag_run_id: z.string(),
    dag_id: z.string(),
    dag_display_name: z.string(),
    logical_date: maybeInstant,
    queued_at: maybeInstant,
    start_date: maybeInstant,
    end_date: maybeInstant,
    duration: z.number().nullable().meta({ description: "Seconds." }),
    data_interval_start: maybeInstant,
    data_interval_end: maybeInstant,
    run_after: instant,
    last_scheduling_decision: maybeInstant,
    run_type: z.enum(DAG_RUN_TYPES),
    state: z.enum(DAG_RUN_STATES),
    triggered_by: z.enum(TRIGGERED_BY).nullable(),
    triggering_user_name: maybeText,
    conf: jsonObject.nullable(),
    note: maybeText,
    dag_versions: z.array(dagVersion),
    bundle_version: maybeText,
    partition_key: maybeText,
  })
  .meta({ id: "DAGRunResponse" });
export type DagRunAnswer = z.infer<typeof dagRun>;
export const dagRunCollection = z.object({ dag_runs: z.array(dagRun), total_entries: z.int() }).meta({ id: "DAGRunCollectionResponse" });

export const triggerBody = z
  .strictObject({
    dag_run_id: z.string().regex(RUN_ID_PATTERN, "has letters, digits and _.~:+- alone, at most 250").nullish(),
    logical_date: instantInput.nullish(),
    data_interval_start: instantInput.nullish(),
    data_interval_end: instantInput.nullish(),
    run_after: instantInput.nullish(),
    conf: jsonObject.nullish(),
    note: note.optional(),
    partition_key: unusedUnless(null),
  })
  .refine((body) => (body.data_interval_start == null) === (body.data_interval_end == null), {
    path: ["data_interval_end"],
    message: "data_interval_start and data_interval_end go together: give both or none",
  })
  .meta({ id: "TriggerDAGRunPostBody" });
export type TriggerBody = z.infer<typeof triggerBody>;

export const dagRunPatch = z
  .strictObject({ state: z.enum(["success", "failed"]).optional(), note: note.optional() })
  .meta({ id: "DAGRunPatchBody" });

export const dagRunClearBody = z
  .strictObject({
    dry_run: z.boolean().default(true),
    only_failed: z.boolean().default(false),
    run_on_latest_version: z.boolean().default(false),
  })
  .meta({ id: "DAGRunClearBody" });

export const dagRunsBatchBody = z
  .strictObject({
    dag_ids: z.array(dagId).max(1000).nullish(),
    states: z.array(z.enum(DAG_RUN_STATES)).nullish(),
    order_by: z.enum(["run_after", "-run_after", "start_date", "-start_date"]).nullish(),
    page_limit: z.int().min(0).default(100),
    page_offset: z.int().min(0).max(2_000_000_000).default(0),
  })
  .meta({ id: "DAGRunsBatchBody" });

const taskState = z.enum(TASK_INSTANCE_STATES).nullable();
const tryFields = {
  task_id: z.string(),
  task_display_name: z.string(),
  dag_id: z.string(),
  dag_display_name: z.string(),
  dag_run_id: z.string(),
  map_index: z.int(),
  start_date: maybeInstant,
  end_date: maybeInstant,
  duration: z.number().nullable().meta({ description: "Seconds." }),
  state: taskState,
  try_number: z.int(),
  max_tries: z.int(),
  hostname: maybeText,
  unixname: maybeText,
  pool: z.string(),
  pool_slots: z.int(),
  queue: maybeText,
  priority_weight: z.int().nullable(),
  operator: maybeText,
  operator_name: maybeText,
  queued_when: maybeInstant,
  scheduled_when: maybeInstant,
  pid: z.int().nullable(),
  executor: maybeText,
  executor_config: z.string(),
  dag_version: dagVersion.nullable(),
};

export const taskInstance = z
  .object({
    ...tryFields,
    id: z.uuid(),
    logical_date: maybeInstant,
    run_after: instant,
    note: maybeText,
    rendered_map_index: maybeText,
    rendered_fields: jsonObject,
    trigger: z.null(),
    triggerer_job: z.null(),
  })
  .meta({ id: "TaskInstanceResponse" });
export type TaskInstanceAnswer = z.infer<typeof taskInstance>;
export const taskInstanceCollection = z
  .object({ task_instances: z.array(taskInstance), total_entries: z.int() })
  .meta({ id: "TaskInstanceCollectionResponse" });

export const taskTry = z.object(tryFields).meta({ id: "TaskInstanceHistoryResponse" });
export type TaskTryAnswer = z.infer<typeof taskTry>;
export const taskTryCollection = z
  .object({ task_instances: z.array(taskTry), total_entries: z.int() })
  .meta({ id: "TaskInstanceHistoryCollectionResponse" });

export const clearTaskInstancesBody = z
  .strictObject({
    dry_run: z.boolean().default(true),
    dag_run_id: z.string().regex(RUN_ID_PATTERN),
    task_ids: z
      .array(z.union([taskId, z.tuple([taskId, z.int().min(-1)])]))
      .max(10_000)
      .nullish()
      .meta({ description: "Ids, or pairs of an id and the index of one instance of a mapped task. Left out: all tasks." }),
    only_failed: z.boolean().default(true),
    include_upstream: z.boolean().default(false),
    include_downstream: z.boolean().default(false),
    reset_dag_runs: z.literal(true).optional(),
    only_running: z.boolean().default(false),
    include_future: z.boolean().default(false),
    include_past: z.boolean().default(false),
    run_on_latest_version: z.boolean().default(false),
    prevent_running_task: z.boolean().default(false),
  })
  .meta({ id: "ClearTaskInstancesBody" });

export const patchTaskInstanceFields = {
  new_state: z.enum(["success", "failed"]).nullish(),
  note: z.string().max(1000).nullish(),
  include_upstream: z.boolean().default(false),
  include_downstream: z.boolean().default(false),
  include_future: z.boolean().default(false),
  include_past: z.boolean().default(false),
};
export const patchTaskInstanceBody = z.strictObject(patchTaskInstanceFields).meta({ id: "PatchTaskInstanceBody" });

export const taskDependencies = z
  .object({
    /** Airflow's: what holds the task instance back. */
    dependencies: z.array(z.object({ name: z.string(), reason: z.string() })),
    /** Ours: every reason that can, passed or not, in the order in which a task comes to them. */
    gates: z.array(z.object({ gate: z.string(), passed: z.boolean(), reason: z.string() })),
  })
  .meta({ id: "TaskDependencyCollectionResponse" });

const logMessage = z
  .object({ timestamp: maybeInstant, event: z.string(), level: z.string(), logger: z.string() })
  .meta({ id: "StructuredLogMessage" });
export const taskLog = z.object({ content: z.array(logMessage), continuation_token: maybeText }).meta({ id: "TaskInstancesLogResponse" });

const xcomFields = {
  key: z.string(),
  timestamp: instant,
  logical_date: maybeInstant,
  map_index: z.int(),
  task_id: z.string(),
  task_display_name: z.string(),
  dag_id: z.string(),
  dag_display_name: z.string(),
  run_id: z.string(),
  run_after: instant,
};
export const xcom = z.object(xcomFields).meta({ id: "XComResponse" });
export type XComAnswer = z.infer<typeof xcom>;
export const xcomWithValue = z.object({ ...xcomFields, value: jsonValue }).meta({ id: "XComResponseNative" });
export const xcomCollection = z.object({ xcom_entries: z.array(xcom), total_entries: z.int() }).meta({ id: "XComCollectionResponse" });
