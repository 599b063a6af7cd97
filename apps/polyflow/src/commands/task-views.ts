import { answerOf } from "@polyflow/api-client";
import type { Command } from "commander";
import { type CommandHost, does, wholeNumber, withOutput, withServer } from "../cli/command-options.ts";
import type { Invocation } from "../cli/invocation.ts";
import type { Row } from "../cli/output.ts";
import { connect } from "../rest/connect.ts";
import { newestRun } from "../rest/newest-run.ts";
import { withSuggestion } from "../rest/with-suggestion.ts";

/** One task of a run: its state, and what its templates became. */
export function addTaskViews(host: CommandHost, tasks: Command): void {
  const add = (name: string, description: string): Command =>
    withServer(withOutput(tasks.command(`${name} <dag_id> <task_id> [run_id]`).description(description))).option(
      "--map-index <number>",
      "which of a mapped task's instances",
      wholeNumber,
    );
  does(host, add("state", "show the state of a task; of the newest run when no run is named"), async (invocation, ...named) => {
    const task = await readTask(invocation, named);
    const { dag_run_id, task_id, map_index, state, try_number, max_tries, start_date, end_date, hostname, pool, note } = task;
    invocation.printObject({ dag_run_id, task_id, map_index, state, try_number, max_tries, start_date, end_date, hostname, pool, note });
    return undefined;
  });
  does(host, add("render", "show what the templates of a task's fields became, secrets masked"), async (invocation, ...named) => {
    const { task_id, rendered_fields: fields } = await readTask(invocation, named);
    if (Object.keys(fields).length === 0) invocation.note(`"${task_id}" has no fields with templates, or has not started yet.`);
    // JSON by its type
    invocation.printObject(fields as Row);
    return undefined;
  });
}

async function readTask(invocation: Invocation, [dagId = "", taskId = "", runId = ""]: readonly string[]) {
  const server = await connect(invocation);
  const path = { dag_id: dagId, dag_run_id: runId === "" ? await newestRun(server, dagId) : runId, task_id: taskId };
  const base = "/api/v2/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}";
  const mapIndex = invocation.number("mapIndex");
  return withSuggestion(server, dagId, () =>
    mapIndex === undefined
      ? answerOf(server.api.GET(base, { params: { path } }))
      : answerOf(server.api.GET(`${base}/{map_index}`, { params: { path: { ...path, map_index: mapIndex } } })),
  );
}
