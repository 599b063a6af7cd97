/**
 * Lists over all DAGs, page by page: `GET /ui/browse/{runs,task-instances,waits,xcoms,audit}?…&limit&after`. `next` is passed as `after` to get
 * the page that follows; null: there is none. Not a public interface.
 */
import { z } from "zod";
import { TASK_INSTANCE_STATES } from "../task-instance-state.ts";
import { uiRunSummary } from "./ui-api.ts";

const instant = z.string();
const next = z.string().nullable();

export const uiRunPage = z.object({
  runs: z.array(
    uiRunSummary.extend({
      dag_id: z.string(),
      logical_date: instant.nullable(),
      queued_at: instant,
      note: z.string().nullable(),
      triggered_by: z.string(),
      triggering_user: z.string().nullable(),
      version_number: z.number().int(),
      has_conf: z.boolean(),
    }),
  ),
  next,
});
export type UiRunPage = z.infer<typeof uiRunPage>;

export const uiTaskPage = z.object({
  task_instances: z.array(
    z.object({
      dag_id: z.string(),
      run_id: z.string(),
      task_id: z.string(),
      map_index: z.number().int(),
      state: z.enum(TASK_INSTANCE_STATES),
      try_number: z.number().int(),
      operator: z.string(),
      pool: z.string(),
      queue: z.string(),
      hostname: z.string().nullable(),
      reason: z.string().nullable(),
      run_after: instant,
      start_date: instant.nullable(),
      end_date: instant.nullable(),
    }),
  ),
  next,
});
export type UiTaskPage = z.infer<typeof uiTaskPage>;

/** Task instances that wait outside of a process, longest first. */
export const uiWaitPage = z.object({
  waits: z.array(
    z.object({
      dag_id: z.string(),
      run_id: z.string(),
      task_id: z.string(),
      map_index: z.number().int(),
      state: z.enum(TASK_INSTANCE_STATES),
      operator: z.string(),
      reason: z.string().nullable(),
      since: instant,
      waits: z.number().int(),
      /** `time` or `poke`, of a deferred one. */
      trigger: z.string().nullable(),
      /** When the scheduler wakes it. */
      wakes_at: instant.nullable(),
      /** When it gives up. */
      timeout_at: instant.nullable(),
      is_watched: z.boolean(),
      /** Worker whose triggerer looks. */
      watcher: z.string().nullable(),
    }),
  ),
  next,
});
export type UiWaitPage = z.infer<typeof uiWaitPage>;

export const uiXComPage = z.object({
  xcoms: z.array(
    z.object({
      dag_id: z.string(),
      run_id: z.string(),
      task_id: z.string(),
      map_index: z.number().int(),
      key: z.string(),
      at: instant,
    }),
  ),
  next,
});
export type UiXComPage = z.infer<typeof uiXComPage>;

export const uiAuditPage = z.object({
  entries: z.array(
    z.object({
      id: z.number().int(),
      at: instant,
      user: z.string().nullable(),
      event: z.string(),
      dag_id: z.string().nullable(),
      run_id: z.string().nullable(),
      task_id: z.string().nullable(),
      remote_address: z.string().nullable(),
      details: z.record(z.string(), z.json()),
    }),
  ),
  next,
});
export type UiAuditPage = z.infer<typeof uiAuditPage>;
