import { PolyflowError, UNMAPPED } from "@polyflow/contracts";
import type { Store, TaskInstanceRecord, TaskInstanceRef } from "@polyflow/store";
import { existingRun, existingTaskInstance } from "../records/existing-records.ts";
import { taskSelection } from "./task-selection.ts";

/** What is asked of one task instance. */
export interface TaskInstanceChange {
  readonly newState: "success" | "failed" | undefined;
  /** Undefined: stays; null: goes. */
  readonly note: string | null | undefined;
  readonly includeUpstream: boolean;
  readonly includeDownstream: boolean;
  readonly includePast: boolean;
  readonly includeFuture: boolean;
  readonly dryRun: boolean;
}

/**
 * Marks a task instance, with those around it that are asked for, and changes its note.
 * @returns what was (or would be) changed
 * @throws PolyflowError `request_invalid` when nothing is asked for; `dag_run_not_found`, `task_instance_not_found`
 */
export async function changeTaskInstance(
  store: Store,
  ref: TaskInstanceRef,
  change: TaskInstanceChange,
): Promise<readonly TaskInstanceRecord[]> {
  const { newState, note, dryRun, ...include } = change;
  if (newState === undefined && note === undefined) {
    throw new PolyflowError("request_invalid", "Nothing to change: give new_state, note, or both.");
  }
  const run = await existingRun(store, ref.dagId, ref.runId);
  if (note !== undefined && !dryRun) {
    await existingTaskInstance(store, ref);
    await store.runs.setTaskNote(ref, note);
  }
  if (newState === undefined) return [await existingTaskInstance(store, ref)];
  const selection = await taskSelection(store, run, {
    taskIds: [ref.taskId],
    instances: ref.mapIndex === UNMAPPED ? [] : [[ref.taskId, ref.mapIndex]],
    ...include,
    dryRun,
  });
  return store.runs.markTaskInstances({ ...selection, state: newState });
}
