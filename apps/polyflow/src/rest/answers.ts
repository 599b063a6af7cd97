/** What the command line reads of the public API's answers. */
import { DAG_RUN_STATES } from "@polyflow/contracts";
import { z } from "zod";

const instant = z.string().nullish();

export const dagAnswer = z.object({
  dag_id: z.string(),
  description: z.string().nullish(),
  is_paused: z.boolean(),
  has_import_errors: z.boolean().optional(),
  owners: z.array(z.string()).default([]),
  tags: z.array(z.object({ name: z.string() })).default([]),
  timetable_summary: z.string().nullish(),
  next_dagrun_run_after: instant,
});
export const dagsAnswer = z.object({ dags: z.array(dagAnswer), total_entries: z.number() });

/** All fields of a DAG, shown as they come. */
export const detailsAnswer = z.record(z.string(), z.json());

export const dagRunAnswer = z.object({
  dag_run_id: z.string(),
  dag_id: z.string(),
  state: z.enum(DAG_RUN_STATES),
  run_type: z.string(),
  logical_date: instant,
  run_after: instant,
  start_date: instant,
  end_date: instant,
});
export const dagRunsAnswer = z.object({ dag_runs: z.array(dagRunAnswer), total_entries: z.number() });

export const tasksAnswer = z.object({
  tasks: z.array(
    z.object({
      task_id: z.string(),
      operator_name: z.string().nullish(),
      trigger_rule: z.string().nullish(),
      retries: z.number().nullish(),
      owner: z.string().nullish(),
      downstream_task_ids: z.array(z.string()).nullish(),
    }),
  ),
});

export const importErrorsAnswer = z.object({
  import_errors: z.array(
    z.object({
      import_error_id: z.number(),
      filename: z.string(),
      bundle_name: z.string().nullish(),
      timestamp: z.string(),
      stack_trace: z.string(),
    }),
  ),
});
