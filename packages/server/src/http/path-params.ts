import { DAG_ID_PATTERN, RUN_ID_PATTERN } from "@polyflow/contracts";
import { z } from "zod";

export const dagId = z.string().regex(DAG_ID_PATTERN, "is no DAG id");
export const taskId = z.string().regex(DAG_ID_PATTERN, "is no task id");
/** Ids of existing runs; stricter rules hold for new ones. */
export const runId = z.string().regex(RUN_ID_PATTERN, "is no run id");
/** A DAG, or `~` for all that the caller may see. */
export const dagIdOrAll = z.string().regex(new RegExp(`^~$|${DAG_ID_PATTERN.source}`, "u"), "is no DAG id");
export const mapIndex = z.coerce.number().int().min(-1).max(1_000_000);
export const tryNumber = z.coerce.number().int().min(1).max(1_000_000);

export const dagPath = z.object({ dag_id: dagId });
export const runPath = z.object({ dag_id: dagId, dag_run_id: runId });
export const taskPath = z.object({ dag_id: dagId, dag_run_id: runId, task_id: taskId });
