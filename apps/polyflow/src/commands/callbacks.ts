import { answerOf } from "@polyflow/api-client";
import { CALLBACK_STATES, type CallbackState, PolyflowError } from "@polyflow/contracts";
import { type Command, Option } from "commander";
import { type CommandHost, does, group, wholeNumber, withOutput, withServer } from "../cli/command-options.ts";
import type { Invocation } from "../cli/invocation.ts";
import { connect } from "../rest/connect.ts";
import { readRows } from "../rest/read-rows.ts";
import type { ServerConnection } from "../rest/server-connection.ts";

/** `polyflow callbacks …` */
export function callbacksCommand(host: CommandHost): Command {
  const callbacks = group("callbacks", "functions that are called when something becomes of a task or a run");
  const add = (name: string, description: string): Command => withServer(withOutput(callbacks.command(name).description(description)));
  does(
    host,
    add("list [dag_id]", "list callbacks and what came of them, newest first")
      .option("--run <run_id>", "those of a run and of its tasks")
      .option("-t, --task-id <id>", "those of a task")
      .addOption(new Option("--state <state>", "those in this state").choices(CALLBACK_STATES)),
    listCallbacks,
  );
  does(
    host,
    add("logs <callback_id>", "print the log of a callback").option(
      "--try-number <number>",
      "which attempt; default: the newest",
      wholeNumber,
    ),
    printLog,
  );
  does(host, add("retry <callback_id>", "have a failed callback called once more"), retryCallback);
  return callbacks;
}

async function listCallbacks(invocation: Invocation, dagId = ""): Promise<undefined> {
  const { api } = await connect(invocation);
  const [runId, taskId, state] = [invocation.text("run"), invocation.text("taskId"), invocation.text("state")];
  const filter = {
    ...(dagId === "" ? {} : { dag_id: dagId }),
    ...(runId === undefined ? {} : { dag_run_id: runId }),
    ...(taskId === undefined ? {} : { task_id: taskId }),
    // Checked by `choices` of the option.
    ...(state === undefined ? {} : { state: [state as CallbackState] }),
  };
  const rows = await readRows(async (part) => {
    const page = await answerOf(api.GET("/api/v2/callbacks", { params: { query: { ...filter, ...part } } }));
    return { rows: page.callbacks, total: page.total_entries };
  });
  invocation.printRows(
    rows.map(({ id, dag_id, dag_run_id, task_id, kind, name, state: reached, attempts, caused_at, error }) => {
      return { id, dag_id, dag_run_id, task_id, kind, name, state: reached, attempts, caused_at, error };
    }),
  );
  return undefined;
}

async function printLog(invocation: Invocation, callbackId = ""): Promise<undefined> {
  const server = await connect(invocation);
  const { dag_id, dag_run_id, attempts } = await find(server, callbackId);
  const path = { dag_id, dag_run_id, callback_id: callbackId, try_number: invocation.number("tryNumber") ?? Math.max(1, attempts) };
  const url = "/api/v2/dags/{dag_id}/dagRuns/{dag_run_id}/callbacks/{callback_id}/logs/{try_number}";
  for (let token: string | undefined; ; ) {
    const query = token === undefined ? {} : { token };
    const page = await answerOf(server.api.GET(url, { params: { path, query } }));
    for (const line of page.content) invocation.print(`[${line.timestamp}] ${line.level.toUpperCase()} - ${line.event}`);
    if (page.continuation_token === null || page.content.length === 0) return undefined;
    token = page.continuation_token;
  }
}

async function retryCallback(invocation: Invocation, callbackId = ""): Promise<undefined> {
  const server = await connect(invocation);
  const { dag_id, dag_run_id } = await find(server, callbackId);
  const path = { dag_id, dag_run_id, callback_id: callbackId };
  const { id, name, state } = await answerOf(
    server.api.POST("/api/v2/dags/{dag_id}/dagRuns/{dag_run_id}/callbacks/{callback_id}/retry", { params: { path } }),
  );
  invocation.printObject({ id, name, state });
  return undefined;
}

async function find({ api }: ServerConnection, callbackId: string) {
  for (let offset = 0; ; ) {
    const { callbacks, total_entries } = await answerOf(api.GET("/api/v2/callbacks", { params: { query: { limit: 500, offset } } }));
    const found = callbacks.find(({ id }) => id === callbackId);
    if (found !== undefined) return found;
    offset += callbacks.length;
    if (callbacks.length === 0 || offset >= total_entries) break;
  }
  throw new PolyflowError("not_found", `There is no callback ${callbackId}. \`polyflow callbacks list\` shows those that exist.`);
}
