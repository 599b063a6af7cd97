import { PolyflowError } from "@polyflow/contracts";
import type { DagRecord, DagRunRecord, Store, TaskInstanceRecord, TaskInstanceRef } from "@polyflow/store";

/** @throws PolyflowError `dag_not_found` */
export async function existingDag(store: Store, dagId: string): Promise<DagRecord> {
  const dag = await store.dags.getDag(dagId);
  if (dag === undefined) throw new PolyflowError("dag_not_found", `There is no DAG "${dagId}".`);
  return dag;
}

/** A DAG that can run. @throws PolyflowError `dag_not_found` */
export async function existingActiveDag(store: Store, dagId: string): Promise<DagRecord> {
  const dag = await existingDag(store, dagId);
  if (dag.isActive) return dag;
  throw new PolyflowError("dag_not_found", `The file of DAG "${dag.dagId}" is gone, so that it cannot run. Its history stays to be read.`);
}

/** @throws PolyflowError `dag_run_not_found` */
export async function existingRun(store: Store, dagId: string, runId: string): Promise<DagRunRecord> {
  const run = await store.runs.getRun(dagId, runId);
  if (run === undefined) throw new PolyflowError("dag_run_not_found", `DAG "${dagId}" has no run "${runId}".`);
  return run;
}

/** @throws PolyflowError `task_instance_not_found` */
export async function existingTaskInstance(store: Store, ref: TaskInstanceRef): Promise<TaskInstanceRecord> {
  const instance = await store.runs.getTaskInstance(ref);
  if (instance !== undefined) return instance;
  const mapped = ref.mapIndex < 0 ? "" : ` with map index ${ref.mapIndex}`;
  throw new PolyflowError(
    "task_instance_not_found",
    `Run "${ref.runId}" of DAG "${ref.dagId}" has no task instance "${ref.taskId}"${mapped}.`,
  );
}
