import { answerOf } from "@polyflow/api-client";
import type { Invocation } from "../cli/invocation.ts";
import { connect } from "../rest/connect.ts";
import { newestRun } from "../rest/newest-run.ts";
import { withSuggestion } from "../rest/with-suggestion.ts";

/** `polyflow tasks why`: what holds a task back, with the names of who holds what it needs. */
export async function tellWhy(invocation: Invocation, dagId = "", taskId = "", runId = ""): Promise<undefined> {
  const server = await connect(invocation);
  const run = runId === "" ? await newestRun(server, dagId) : runId;
  const mapIndex = invocation.number("mapIndex");
  const path = { dag_id: dagId, dag_run_id: run, task_id: taskId };
  const base = "/api/v2/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}";
  const { gates } = await withSuggestion(server, dagId, () =>
    mapIndex === undefined
      ? answerOf(server.api.GET(`${base}/dependencies`, { params: { path } }))
      : answerOf(server.api.GET(`${base}/{map_index}/dependencies`, { params: { path: { ...path, map_index: mapIndex } } })),
  );
  const shown = invocation.flag("all") ? gates : gates.filter((gate) => !gate.passed);
  if (shown.length === 0) invocation.note(`Nothing holds "${taskId}" back in run "${run}".`);
  invocation.printRows(shown.map(({ gate, passed, reason }) => ({ gate, passed, reason })));
  return undefined;
}
