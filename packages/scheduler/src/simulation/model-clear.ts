import { type ChangeEvent, isFinishedTaskState } from "@polyflow/contracts";
import type { ModelRun } from "./model-rows.ts";
import type { ModelState } from "./model-state.ts";

/** Clears finished tasks of a finished run (undefined: all of them); the run waits in the queue again. */
export function clearModelTasks(state: ModelState, run: ModelRun, taskIds: readonly string[] | undefined): readonly ChangeEvent[] {
  const events: ChangeEvent[] = [];
  for (const task of state.tasksOfRun.get(run.runKey) ?? []) {
    const isMeant = taskIds === undefined || taskIds.includes(task.spec.taskId);
    if (!isMeant || !isFinishedTaskState(task.state) || task.state === "removed") continue;
    task.maxTries = task.tryNumber + task.spec.retries;
    task.skips = null;
    task.output = undefined;
    task.hasRun = false;
    task.clears += 1;
    task.mark = undefined;
    state.endTry(task);
    events.push(state.setTaskState(task, "none", "user"));
  }
  run.endDate = null;
  events.push(state.setRunState(run, "queued", "user"));
  return events;
}
