import { PolyflowError } from "@polyflow/contracts";
import { type UiRun, uiRun } from "@polyflow/contracts/wire";
import type { Command } from "commander";
import { type CommandHost, does, group, wholeNumber, withOutput, withServer } from "../cli/command-options.ts";
import type { Invocation } from "../cli/invocation.ts";
import { dagRunsAnswer, tasksAnswer } from "../rest/answers.ts";
import { connect } from "../rest/connect.ts";
import { paths } from "../rest/paths.ts";
import type { RestClient } from "../rest/rest-client.ts";
import { followLog } from "../rest/watch-run.ts";

/** `polyflow tasks …` */
export function tasksCommand(host: CommandHost): Command {
  const tasks = group("tasks", "look at tasks and read their logs");
  does(host, withServer(withOutput(tasks.command("list <dag_id>").description("list the tasks of a DAG"))), listTasks);
  does(
    host,
    withServer(withOutput(tasks.command("states-for-dag-run <dag_id> <run_id>").description("list the states of a run's tasks"))),
    statesForRun,
  );
  does(
    host,
    withServer(
      tasks.command("logs <dag_id> <task_id> [run_id]").description("print the log of a task; of the newest run when no run is named"),
    )
      .option("--try <number>", "which attempt; default: the newest", wholeNumber)
      .option("--map-index <number>", "which of a mapped task's instances", wholeNumber)
      .option("-f, --follow", "go on until the attempt has ended"),
    logs,
  );
  return tasks;
}

async function listTasks(invocation: Invocation, dagId = ""): Promise<undefined> {
  const client = await connect(invocation);
  const answer = await client.get(paths.dagTasks(dagId), tasksAnswer);
  invocation.printRows(
    answer.tasks.map((task) => ({
      task_id: task.task_id,
      operator: task.operator_name ?? null,
      trigger_rule: task.trigger_rule ?? null,
      retries: task.retries ?? null,
      owner: task.owner ?? null,
      downstream: task.downstream_task_ids ?? [],
    })),
  );
  return undefined;
}

async function statesForRun(invocation: Invocation, dagId = "", runId = ""): Promise<undefined> {
  const client = await connect(invocation);
  const run = await client.get(paths.uiRun(dagId, runId), uiRun);
  invocation.printRows(
    run.tasks.map((task) => ({
      task_id: task.task_id,
      map_index: task.map_index,
      state: task.state,
      try_number: task.try_number,
      start_date: task.start_date,
      end_date: task.end_date,
      reason: task.reason,
    })),
  );
  return undefined;
}

async function logs(invocation: Invocation, dagId = "", taskId = "", runId = ""): Promise<undefined> {
  const client = await connect(invocation);
  const chosenRunId = runId === "" ? await newestRun(client, dagId) : runId;
  const run = await client.get(paths.uiRun(dagId, chosenRunId), uiRun);
  const mapIndex = invocation.number("mapIndex") ?? -1;
  const tryNumber = invocation.number("try") ?? newestTry(run, { taskId, mapIndex });
  const address = { dagId, runId: chosenRunId, taskId, mapIndex, tryNumber };
  await followLog(client, address, {
    clock: invocation.surroundings.clock,
    follow: invocation.flag("follow"),
    onLine: (line) => invocation.print(line),
  });
  return undefined;
}

async function newestRun(client: RestClient, dagId: string): Promise<string> {
  const page = await client.get(paths.dagRuns(dagId, { limit: 1, order_by: "-run_after" }), dagRunsAnswer);
  const newest = page.dag_runs[0];
  if (newest === undefined) throw new PolyflowError("dag_run_not_found", `DAG "${dagId}" has not run yet.`);
  return newest.dag_run_id;
}

function newestTry(run: UiRun, wanted: { readonly taskId: string; readonly mapIndex: number }): number {
  const task = run.tasks.find((candidate) => candidate.task_id === wanted.taskId && candidate.map_index === wanted.mapIndex);
  if (task === undefined) {
    const names = [...new Set(run.tasks.map((candidate) => candidate.task_id))].join(", ");
    throw new PolyflowError(
      "task_instance_not_found",
      `Run "${run.run_id}" of "${run.dag_id}" has no task "${wanted.taskId}". It has: ${names}.`,
    );
  }
  if (task.try_number === 0)
    throw new PolyflowError(
      "task_instance_not_found",
      `Task "${wanted.taskId}" has not started yet in run "${run.run_id}" (${task.state}).`,
    );
  return task.try_number;
}
