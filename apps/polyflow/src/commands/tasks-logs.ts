import { isFinishedTaskState, PolyflowError } from "@polyflow/contracts";
import type { UiRun } from "@polyflow/contracts/wire";
import type { Invocation } from "../cli/invocation.ts";
import { logText, readLog } from "../rest/attempt-log.ts";
import { connect } from "../rest/connect.ts";
import { newestRun } from "../rest/newest-run.ts";
import { pause } from "../rest/pause.ts";
import type { RunAddress, ServerConnection } from "../rest/server-connection.ts";
import { withSuggestion } from "../rest/with-suggestion.ts";

const LOOK_AGAIN_MS = 500;

/** `polyflow tasks logs`: prints the log of a try; with `--follow` from before its start to its end. */
export async function printLog(invocation: Invocation, dagId = "", taskId = "", runId = ""): Promise<undefined> {
  const server = await connect(invocation);
  const run = { dagId, runId: runId === "" ? await newestRun(server, dagId) : runId };
  const task = { taskId, mapIndex: invocation.number("mapIndex") ?? -1 };
  const tryNumber = invocation.number("try") ?? (await newestTry(invocation, server, { ...run, ...task }));
  const options = { clock: invocation.surroundings.clock, follow: invocation.flag("follow") };
  for await (const line of readLog(server, { ...run, ...task, tryNumber }, options)) invocation.print(logText(line));
  return undefined;
}

interface TaskAddress extends RunAddress {
  readonly taskId: string;
  readonly mapIndex: number;
}

/** Number of the newest try; with `--follow` the first one is waited for. */
async function newestTry(invocation: Invocation, server: ServerConnection, address: TaskAddress): Promise<number> {
  for (let isTold = false; ; isTold = true) {
    const task = taskOf(await withSuggestion(server, address.dagId, () => server.readRun(address)), address);
    if (task.try_number > 0) return task.try_number;
    const { taskId, runId } = address;
    if (isFinishedTaskState(task.state))
      throw new PolyflowError("task_instance_not_found", `Task "${taskId}" was not started in run "${runId}": it is ${task.state}.`);
    if (!invocation.flag("follow"))
      throw new PolyflowError("task_instance_not_found", `Task "${taskId}" has not started yet in run "${runId}" (${task.state}).`);
    if (!isTold) invocation.note(`"${taskId}" has not started yet (${task.state}).`);
    await pause(invocation.surroundings.clock, LOOK_AGAIN_MS);
  }
}

function taskOf(run: UiRun, { taskId, mapIndex }: TaskAddress): UiRun["tasks"][number] {
  const instances = run.tasks.filter((candidate) => candidate.task_id === taskId);
  const found = instances.find((candidate) => candidate.map_index === mapIndex);
  if (found !== undefined) return found;
  const where = `Run "${run.run_id}" of "${run.dag_id}"`;
  if (instances.length > 0) {
    const indexes = instances.map((instance) => instance.map_index);
    const remedy = indexes.some((index) => index < 0)
      ? "It is not mapped: leave --map-index out."
      : `It is mapped: choose one of ${Math.min(...indexes)} to ${Math.max(...indexes)} with --map-index.`;
    throw new PolyflowError("task_instance_not_found", `${where} has no such instance of task "${taskId}". ${remedy}`);
  }
  const names = [...new Set(run.tasks.map((candidate) => candidate.task_id))].join(", ");
  throw new PolyflowError("task_instance_not_found", `${where} has no task "${taskId}". It has: ${names}.`);
}
