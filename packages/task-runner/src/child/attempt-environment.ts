import type { AttemptOrder } from "../protocol/messages.ts";

// oxlint-disable-next-line no-restricted-properties -- written for programs that the task starts; nothing here is configuration
const env = process.env;

/**
 * Sets what programs started by the task see of the attempt. Nothing here decides anything in Polyflow itself, except that
 * the supervisor finds programs that outlive their attempt by `POLYFLOW_ATTEMPT_ID`.
 */
export function enterAttemptEnvironment(order: AttemptOrder): void {
  env["POLYFLOW_ATTEMPT_ID"] = order.attemptId;
  env["POLYFLOW_DAG_ID"] = order.dagId;
  env["POLYFLOW_RUN_ID"] = order.runId;
  env["POLYFLOW_TASK_ID"] = order.taskId;
  env["POLYFLOW_MAP_INDEX"] = String(order.mapIndex);
  env["POLYFLOW_TRY_NUMBER"] = String(order.tryNumber);
  env["POLYFLOW_PROJECT_DIR"] = order.projectDir;
}

/** Takes away what only this process needed to start. */
export function leaveStartEnvironment(): void {
  delete env["NODE_COMPILE_CACHE"];
}
