import { UNMAPPED } from "@polyflow/contracts";
import type { TaskInstanceRef } from "@polyflow/store";
import type { z } from "zod";
import type { taskPath } from "../http/path-params.ts";

/** The task instance that a path names; without a map index the one that is not mapped. */
export function taskInstanceRef(path: z.infer<typeof taskPath> & { readonly map_index?: number }): TaskInstanceRef {
  return { dagId: path.dag_id, runId: path.dag_run_id, taskId: path.task_id, mapIndex: path.map_index ?? UNMAPPED };
}
