import { answerOf } from "@polyflow/api-client";
import type { Command } from "commander";
import { type CommandHost, does, group, instant, wholeNumber, withOutput, withServer } from "../cli/command-options.ts";
import type { Invocation } from "../cli/invocation.ts";
import { connect } from "../rest/connect.ts";
import { withSuggestion } from "../rest/with-suggestion.ts";
import { addTaskActions } from "./task-actions.ts";
import { addTaskViews } from "./task-views.ts";
import { printLog } from "./tasks-logs.ts";
import { tellWhy } from "./tasks-why.ts";

/** `polyflow tasks …` */
export function tasksCommand(host: CommandHost): Command {
  const tasks = group("tasks", "look at tasks, read their logs, clear and mark them");
  does(host, withServer(withOutput(tasks.command("list <dag_id>").description("list the tasks of a DAG"))), listTasks);
  does(
    host,
    withServer(withOutput(tasks.command("states-for-dag-run <dag_id> <run_id>").description("list the states of a run's tasks"))),
    statesForRun,
  );
  addTaskViews(host, tasks);
  does(
    host,
    withServer(
      tasks.command("logs <dag_id> <task_id> [run_id]").description("print the log of a task; of the newest run when no run is named"),
    )
      .option("--try <number>", "which attempt; default: the newest", wholeNumber)
      .option("--map-index <number>", "which of a mapped task's instances", wholeNumber)
      .option("-f, --follow", "go on until the attempt has ended"),
    printLog,
  );
  addTaskActions(host, tasks);
  does(
    host,
    withServer(
      withOutput(
        tasks
          .command("why <dag_id> <task_id> [run_id]")
          .description(
            "tell what holds a task back: a pool and who holds it, a limit, a trigger rule …; of the newest run when no run is named",
          ),
      ),
    )
      .option("--map-index <number>", "which of a mapped task's instances", wholeNumber)
      .option("-a, --all", "name the reasons as well that do not hold it back"),
    tellWhy,
  );
  does(
    host,
    withOutput(tasks.command("test <file_or_dag_id> <task_id>").description("try one task in this process, without scheduler and server"))
      .option("--outputs <json>", "outputs of the tasks before it, a JSON object by task id")
      .option("--map-index <n>", "which instance of a mapped task; default: the first", wholeNumber)
      .option("-c, --conf <json>", "parameters of the run, a JSON object")
      .option("--logical-date <instant>", "logical date (ISO 8601); default: now", instant)
      .option("--dag-id <id>", "which DAG, when the file holds several"),
    async (invocation, argument, taskId) => (await import("./tasks-test.ts")).testTask(invocation, argument, taskId),
  );
  return tasks;
}

async function listTasks(invocation: Invocation, dagId = ""): Promise<undefined> {
  const server = await connect(invocation);
  const params = { path: { dag_id: dagId } };
  const { tasks } = await withSuggestion(server, dagId, () => answerOf(server.api.GET("/api/v2/dags/{dag_id}/tasks", { params })));
  invocation.printRows(
    tasks.map((task) => ({
      task_id: task.task_id,
      operator: task.operator_name,
      trigger_rule: task.trigger_rule,
      retries: task.retries,
      owner: task.owner,
      downstream: task.downstream_task_ids ?? [],
    })),
  );
  return undefined;
}

async function statesForRun(invocation: Invocation, dagId = "", runId = ""): Promise<undefined> {
  const server = await connect(invocation);
  const run = await withSuggestion(server, dagId, () => server.readRun({ dagId, runId }));
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
