import { answerOf } from "@polyflow/api-client";
import { type Command, Option } from "commander";
import { type CommandHost, does, withOutput, withServer } from "../cli/command-options.ts";
import { EXIT } from "../cli/exit-codes.ts";
import type { Invocation } from "../cli/invocation.ts";
import { connect } from "../rest/connect.ts";
import { withSuggestion } from "../rest/with-suggestion.ts";

/** Actions on runs: clear, mark, note, delete; and deleting a DAG. */
export function addRunActions(host: CommandHost, dags: Command): void {
  const add = (name: string, description: string): Command => withServer(withOutput(dags.command(name).description(description)));
  does(
    host,
    add("clear-run <dag_id> <run_id>", "run the tasks of a run again")
      .option("--only-failed", "only what failed, or could not run because of it")
      .option("--run-on-latest-version", "with the newest version of the DAG instead of the run's own")
      .option("--dry-run", "only show what would be cleared"),
    clearRun,
  );
  does(
    host,
    add("mark-run <dag_id> <run_id>", "say that a run succeeded or failed; what has not ended, ends").addOption(
      new Option("--state <state>", "what it becomes").choices(["success", "failed"]).makeOptionMandatory(),
    ),
    (invocation, dagId = "", runId = "") =>
      // Checked by `choices` of the option.
      patchRun(invocation, { dagId, runId }, { state: invocation.text("state") as "success" | "failed" }),
  );
  does(
    host,
    add("note <dag_id> <run_id> [text]", "keep a note with a run; without a text it goes"),
    (invocation, dagId = "", runId = "", text = "") => patchRun(invocation, { dagId, runId }, { note: text === "" ? null : text }),
  );
  does(host, add("delete-run <dag_id> <run_id>", "delete a run with all that is known of it").option("-y, --yes", "do it"), deleteRun);
  does(
    host,
    add("delete <dag_id>", "delete what is known of a DAG: runs, versions; a file that is still there brings it back anew").option(
      "-y, --yes",
      "do it",
    ),
    deleteDag,
  );
}

async function clearRun(invocation: Invocation, dagId = "", runId = ""): Promise<undefined> {
  const server = await connect(invocation);
  const path = { dag_id: dagId, dag_run_id: runId };
  const body = {
    dry_run: invocation.flag("dryRun"),
    only_failed: invocation.flag("onlyFailed"),
    run_on_latest_version: invocation.flag("runOnLatestVersion"),
  };
  const answer = await withSuggestion(server, dagId, () =>
    answerOf(server.api.POST("/api/v2/dags/{dag_id}/dagRuns/{dag_run_id}/clear", { params: { path }, body })),
  );
  if ("task_instances" in answer) {
    invocation.printRows(answer.task_instances.map(({ task_id, map_index, state }) => ({ task_id, map_index, state })));
  } else invocation.printObject({ dag_id: dagId, dag_run_id: runId, state: answer.state });
  return undefined;
}

async function patchRun(
  invocation: Invocation,
  { dagId, runId }: { readonly dagId: string; readonly runId: string },
  body: { readonly state?: "success" | "failed"; readonly note?: string | null },
): Promise<undefined> {
  const server = await connect(invocation);
  const path = { dag_id: dagId, dag_run_id: runId };
  const run = await withSuggestion(server, dagId, () =>
    answerOf(server.api.PATCH("/api/v2/dags/{dag_id}/dagRuns/{dag_run_id}", { params: { path }, body })),
  );
  invocation.printObject({ dag_id: dagId, dag_run_id: runId, state: run.state, note: run.note });
  return undefined;
}

async function deleteRun(invocation: Invocation, dagId = "", runId = ""): Promise<number> {
  if (!isMeant(invocation, `the run "${runId}" of "${dagId}" with its tasks, outputs and load results`)) return EXIT.usage;
  const server = await connect(invocation);
  const path = { dag_id: dagId, dag_run_id: runId };
  await withSuggestion(server, dagId, () =>
    answerOf(server.api.DELETE("/api/v2/dags/{dag_id}/dagRuns/{dag_run_id}", { params: { path } })),
  );
  return EXIT.success;
}

async function deleteDag(invocation: Invocation, dagId = ""): Promise<number> {
  if (!isMeant(invocation, `all runs and versions of "${dagId}"`)) return EXIT.usage;
  const server = await connect(invocation);
  const path = { dag_id: dagId };
  await withSuggestion(server, dagId, () => answerOf(server.api.DELETE("/api/v2/dags/{dag_id}", { params: { path } })));
  return EXIT.success;
}

/** Nothing brings back what is deleted, so that it must be said twice. */
function isMeant(invocation: Invocation, what: string): boolean {
  if (invocation.flag("yes")) return true;
  invocation.note(`This would delete ${what}. Nothing brings it back. Say --yes to do it.`);
  return false;
}
