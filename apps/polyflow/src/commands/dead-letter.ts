import { answerOf } from "@polyflow/api-client";
import { PolyflowError } from "@polyflow/contracts";
import type { Command } from "commander";
import { type CommandHost, does, group, withOutput, withServer } from "../cli/command-options.ts";
import type { Invocation } from "../cli/invocation.ts";
import { connect } from "../rest/connect.ts";
import { readRows } from "../rest/read-rows.ts";
import type { ServerConnection } from "../rest/server-connection.ts";

/** `polyflow dead-letter …` */
export function deadLetterCommand(host: CommandHost): Command {
  const deadLetter = group("dead-letter", "tasks that were given up since their workers were lost too often");
  const add = (name: string, description: string): Command => withServer(withOutput(deadLetter.command(name).description(description)));
  does(host, add("list [dag_id]", "list them with the reason, newest first"), listDeadLetters);
  does(
    host,
    add("retry <dag_id> <run_id> [task_id]", "clear them, so that they run again").option("--dry-run", "only show what would be cleared"),
    retryDeadLetters,
  );
  return deadLetter;
}

async function listDeadLetters(invocation: Invocation, dagId = ""): Promise<undefined> {
  invocation.printRows(await deadLetters(await connect(invocation), dagId));
  return undefined;
}

async function retryDeadLetters(invocation: Invocation, dagId = "", runId = "", taskId = ""): Promise<undefined> {
  const server = await connect(invocation);
  const all = await deadLetters(server, dagId);
  const chosen = all.filter((row) => row.dag_run_id === runId && (taskId === "" || row.task_id === taskId));
  if (chosen.length === 0)
    throw new PolyflowError(
      "task_instance_not_found",
      `Run "${runId}" of DAG "${dagId}" has no such dead letter. \`polyflow dead-letter list\``,
    );
  const isDryRun = invocation.flag("dryRun");
  const ids = chosen.map(({ task_id, map_index }): string | [string, number] => (map_index < 0 ? task_id : [task_id, map_index]));
  const body = { dag_run_id: runId, task_ids: ids, dry_run: isDryRun, only_failed: true };
  await answerOf(server.api.POST("/api/v2/dags/{dag_id}/clearTaskInstances", { params: { path: { dag_id: dagId } }, body }));
  invocation.printRows(chosen.map(({ dag_run_id, task_id, map_index }) => ({ dag_run_id, task_id, map_index, cleared: !isDryRun })));
  return undefined;
}

function deadLetters({ api }: ServerConnection, dagId: string) {
  const filter = dagId === "" ? {} : { dag_id: dagId };
  return readRows(async (part) => {
    const page = await answerOf(api.GET("/api/v2/deadLetters", { params: { query: { ...filter, ...part } } }));
    return { rows: page.dead_letters, total: page.total_entries };
  });
}
