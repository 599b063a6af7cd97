import { DAG_RUN_TYPES } from "@polyflow/contracts";
import { z } from "zod";
import { instant, jsonObject, maybeInstant, maybeText } from "./common.ts";

export const dagTag = z.object({ name: z.string(), dag_id: z.string(), dag_display_name: z.string() }).meta({ id: "DagTagResponse" });

export const dagVersion = z
  .object({
    id: z.uuid(),
    version_number: z.int(),
    dag_id: z.string(),
    dag_display_name: z.string(),
    bundle_name: maybeText,
    bundle_version: maybeText,
    bundle_url: maybeText,
    created_at: instant,
  })
  .meta({ id: "DagVersionResponse" });

const dagFields = {
  dag_id: z.string(),
  dag_display_name: z.string(),
  is_paused: z.boolean(),
  is_stale: z.boolean(),
  last_parsed_time: maybeInstant,
  last_parse_duration: z.number().nullable(),
  last_expired: maybeInstant,
  bundle_name: maybeText,
  bundle_version: maybeText,
  relative_fileloc: maybeText,
  fileloc: z.string(),
  file_token: z.string(),
  description: maybeText,
  timetable_summary: maybeText,
  timetable_description: maybeText,
  timetable_partitioned: z.boolean(),
  tags: z.array(dagTag),
  max_active_tasks: z.int(),
  max_active_runs: z.int().nullable(),
  max_consecutive_failed_dag_runs: z.int(),
  has_task_concurrency_limits: z.boolean(),
  has_import_errors: z.boolean(),
  next_dagrun_logical_date: maybeInstant,
  next_dagrun_data_interval_start: maybeInstant,
  next_dagrun_data_interval_end: maybeInstant,
  next_dagrun_run_after: maybeInstant,
  allowed_run_types: z.array(z.enum(DAG_RUN_TYPES)).nullable(),
  owners: z.array(z.string()),
};

export const dag = z.object(dagFields).meta({ id: "DAGResponse" });
export type DagAnswer = z.infer<typeof dag>;

export const dagDetails = z
  .object({
    ...dagFields,
    catchup: z.boolean(),
    dag_run_timeout: z.string().nullable().meta({ format: "duration" }),
    start_date: maybeInstant,
    end_date: maybeInstant,
    is_paused_upon_creation: z.boolean().nullable(),
    doc_md: maybeText,
    params: jsonObject.nullable(),
    timezone: maybeText,
    last_parsed: maybeInstant,
    default_args: jsonObject.nullable(),
    asset_expression: jsonObject.nullable(),
    owner_links: z.record(z.string(), z.string()).nullable(),
    render_template_as_native_obj: z.boolean(),
    template_search_path: z.array(z.string()).nullable(),
    concurrency: z.int(),
    active_runs_count: z.int(),
    is_favorite: z.boolean(),
    latest_dag_version: dagVersion.nullable(),
  })
  .meta({ id: "DAGDetailsResponse" });
export type DagDetailsAnswer = z.infer<typeof dagDetails>;

export const dagCollection = z.object({ dags: z.array(dag), total_entries: z.int() }).meta({ id: "DAGCollectionResponse" });
export const dagPatch = z.strictObject({ is_paused: z.boolean() }).meta({ id: "DAGPatchBody" });
export const dagVersionCollection = z
  .object({ dag_versions: z.array(dagVersion), total_entries: z.int() })
  .meta({ id: "DAGVersionCollectionResponse" });
export const dagTagCollection = z.object({ tags: z.array(z.string()), total_entries: z.int() }).meta({ id: "DAGTagCollectionResponse" });
export const dagSource = z
  .object({ content: maybeText, dag_id: z.string(), dag_display_name: z.string(), version_number: z.int().nullable() })
  .meta({ id: "DAGSourceResponse" });

const timeDelta = z
  .object({ __type: z.literal("TimeDelta"), days: z.int(), seconds: z.int(), microseconds: z.int() })
  .meta({ id: "TimeDelta" });

export const task = z
  .object({
    task_id: maybeText,
    task_display_name: maybeText,
    owner: maybeText,
    start_date: maybeInstant,
    end_date: maybeInstant,
    trigger_rule: maybeText,
    depends_on_past: z.boolean(),
    wait_for_downstream: z.boolean(),
    retries: z.number().nullable(),
    queue: maybeText,
    pool: maybeText,
    pool_slots: z.number().nullable(),
    execution_timeout: timeDelta.nullable(),
    retry_delay: timeDelta.nullable(),
    retry_exponential_backoff: z.number(),
    priority_weight: z.number().nullable(),
    weight_rule: maybeText,
    ui_color: maybeText,
    ui_fgcolor: maybeText,
    template_fields: z.array(z.string()).nullable(),
    downstream_task_ids: z.array(z.string()).nullable(),
    doc_md: maybeText,
    operator_name: maybeText,
    params: jsonObject.nullable(),
    class_ref: jsonObject.nullable(),
    is_mapped: z.boolean().nullable(),
    extra_links: z.array(z.string()),
  })
  .meta({ id: "TaskResponse" });
export type TaskAnswer = z.infer<typeof task>;
export const taskCollection = z.object({ tasks: z.array(task), total_entries: z.int() }).meta({ id: "TaskCollectionResponse" });

export const importError = z
  .object({ import_error_id: z.int(), timestamp: instant, filename: z.string(), bundle_name: maybeText, stack_trace: z.string() })
  .meta({ id: "ImportErrorResponse" });
export const importErrorCollection = z
  .object({ import_errors: z.array(importError), total_entries: z.int() })
  .meta({ id: "ImportErrorCollectionResponse" });
