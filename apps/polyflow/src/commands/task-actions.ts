import { answerOf } from "@polyflow/api-client";
import { PolyflowError } from "@polyflow/contracts";
import { type Command, Option } from "commander";
import { collect, type CommandHost, does, wholeNumber, withOutput, withServer } from "../cli/command-options.ts";
import type { Invocation } from "../cli/invocation.ts";
import { connect } from "../rest/connect.ts";
import { withSuggestion } from "../rest/with-suggestion.ts";

/** Actions on tasks of a run: clear, mark, note, why. */
export function addTaskActions(host: CommandHost, tasks: Command): void {
  const add = (name: string, description: string): Command => withServer(withOutput(tasks.command(name).description(description)));
  does(
    host,
    withNeighbours(add("clear <dag_id> <run_id>", "put tasks back so that they run again; their outputs and states go, earlier tries stay"))
      .option("-t, --task-id <id>", "a task (give it again for more); default: all tasks of the run", collect)
      .option("--map-index <number>", "which instance of a mapped task, with one --task-id", wholeNumber)
      .option("--only-failed", "only what failed, or could not run because of it")
      .option("--only-running", "only what is running")
      .option("--run-on-latest-version", "with the newest version of the DAG instead of the run's own")
      .option("--prevent-running-task", "refuse when one of them is running")
      .option("--dry-run", "only show what would be cleared"),
    clearTasks,
  );
  does(
    host,
    withNeighbours(add("mark <dag_id> <run_id> <task_id>", "say that a task succeeded or failed, whatever it did"))
      .addOption(new Option("--state <state>", "what it becomes").choices(["success", "failed"]).makeOptionMandatory())
      .option("--map-index <number>", "which instance of a mapped task", wholeNumber)
      .option("--dry-run", "only show what would be marked"),
    markTask,
  );
  does(
    host,
    add("note <dag_id> <run_id> <task_id> [text]", "keep a note with a task of a run; without a text it goes").option(
      "--map-index <number>",
      "which instance of a mapped task",
      wholeNumber,
    ),
    noteTask,
  );
}

function withNeighbours(command: Command): Command {
  return command
    .option("--upstream", "with the tasks before it")
    .option("--downstream", "with the tasks after it")
    .option("--past", "in the runs before, too")
    .option("--future", "in the runs after, too");
}

function neighboursOf(invocation: Invocation) {
  return {
    include_upstream: invocation.flag("upstream"),
    include_downstream: invocation.flag("downstream"),
    include_past: invocation.flag("past"),
    include_future: invocation.flag("future"),
  };
}

async function clearTasks(invocation: Invocation, dagId = "", runId = ""): Promise<undefined> {
  const server = await connect(invocation);
  const taskIds = invocation.texts("taskId");
  const [only] = taskIds;
  const mapIndex = invocation.number("mapIndex");
  if (mapIndex !== undefined && (only === undefined || taskIds.length > 1)) {
    throw new PolyflowError("request_invalid", "--map-index names an instance of one task: give one --task-id with it.");
  }
  const body = {
    dag_run_id: runId,
    task_ids: only === undefined ? null : mapIndex === undefined ? [...taskIds] : [[only, mapIndex] as [string, number]],
    only_failed: invocation.flag("onlyFailed"),
    only_running: invocation.flag("onlyRunning"),
    run_on_latest_version: invocation.flag("runOnLatestVersion"),
    prevent_running_task: invocation.flag("preventRunningTask"),
    dry_run: invocation.flag("dryRun"),
    ...neighboursOf(invocation),
  };
  const path = { dag_id: dagId };
  const { task_instances: instances } = await withSuggestion(server, dagId, () =>
    answerOf(server.api.POST("/api/v2/dags/{dag_id}/clearTaskInstances", { params: { path }, body })),
  );
  printInstances(invocation, instances);
  return undefined;
}

async function markTask(invocation: Invocation, dagId = "", runId = "", taskId = ""): Promise<undefined> {
  const { api } = await connect(invocation);
  // Checked by `choices` of the option.
  const body = { new_state: invocation.text("state") as "success" | "failed", ...neighboursOf(invocation) };
  const path = { dag_id: dagId, dag_run_id: runId, task_id: taskId };
  const mapIndex = invocation.number("mapIndex");
  const mapped = { params: { path: { ...path, map_index: mapIndex ?? -1 } }, body };
  const base = "/api/v2/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}";
  const isDryRun = invocation.flag("dryRun");
  const { task_instances: instances } = await (mapIndex === undefined
    ? answerOf(isDryRun ? api.PATCH(`${base}/dry_run`, { params: { path }, body }) : api.PATCH(base, { params: { path }, body }))
    : answerOf(isDryRun ? api.PATCH(`${base}/{map_index}/dry_run`, mapped) : api.PATCH(`${base}/{map_index}`, mapped)));
  printInstances(invocation, instances);
  return undefined;
}

async function noteTask(invocation: Invocation, ...named: readonly string[]): Promise<undefined> {
  const { api } = await connect(invocation);
  const [dagId = "", runId = "", taskId = "", text = ""] = named;
  const body = { note: text === "" ? null : text };
  const path = { dag_id: dagId, dag_run_id: runId, task_id: taskId };
  const base = "/api/v2/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}";
  const mapIndex = invocation.number("mapIndex");
  const { task_instances: instances } = await (mapIndex === undefined
    ? answerOf(api.PATCH(base, { params: { path }, body }))
    : answerOf(api.PATCH(`${base}/{map_index}`, { params: { path: { ...path, map_index: mapIndex } }, body })));
  printInstances(invocation, instances);
  return undefined;
}

interface ShownInstance {
  readonly dag_run_id: string;
  readonly task_id: string;
  readonly map_index: number;
  readonly state: string | null;
  readonly try_number: number;
  readonly note: string | null;
}

function printInstances(invocation: Invocation, instances: readonly ShownInstance[]): void {
  if (instances.length === 0)
    invocation.note("No task instance is like that, so that nothing changes. `polyflow tasks states-for-dag-run` shows them.");
  invocation.printRows(
    instances.map(({ dag_run_id, task_id, map_index, state, try_number, note }) => ({
      dag_run_id,
      task_id,
      map_index,
      state,
      try_number,
      note,
    })),
  );
}
