import { answerOf } from "@polyflow/api-client";
import type { Command } from "commander";
import { type CommandHost, does, group, wholeNumber, withOutput, withServer } from "../cli/command-options.ts";
import type { Invocation } from "../cli/invocation.ts";
import { connect } from "../rest/connect.ts";
import { readRows } from "../rest/read-rows.ts";

/** `polyflow deadlines …` */
export function deadlinesCommand(host: CommandHost): Command {
  const deadlines = group("deadlines", "runs that were late");
  does(
    host,
    withServer(withOutput(deadlines.command("list [dag_id]").description("list the deadlines that runs have missed, newest first"))).option(
      "--limit <count>",
      "at most so many",
      wholeNumber,
      100,
    ),
    listDeadlines,
  );
  return deadlines;
}

async function listDeadlines(invocation: Invocation, dagId = ""): Promise<undefined> {
  const { api } = await connect(invocation);
  const filter = dagId === "" ? {} : { dag_id: dagId };
  const deadlines = await readRows(async (part) => {
    const page = await answerOf(api.GET("/api/v2/deadlines", { params: { query: { ...filter, ...part } } }));
    return { rows: page.deadlines, total: page.total_entries };
  }, invocation.number("limit"));
  invocation.printRows(deadlines);
  return undefined;
}
