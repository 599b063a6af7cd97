import { answerOf } from "@polyflow/api-client";
import { DAG_RUN_STATES } from "@polyflow/contracts";
import { type Command, Option } from "commander";
import { z } from "zod";
import { type CommandHost, does, group, instant, seconds, upTo, wholeNumber, withOutput, withServer } from "../cli/command-options.ts";
import type { Invocation } from "../cli/invocation.ts";
import { connect } from "../rest/connect.ts";
import { readRows } from "../rest/read-rows.ts";
import type { ServerConnection } from "../rest/server-connection.ts";
import { withSuggestion } from "../rest/with-suggestion.ts";
import { addRunActions } from "./run-actions.ts";
import { triggerDag } from "./dags-trigger.ts";

/** `polyflow dags …` */
export function dagsCommand(host: CommandHost): Command {
  const dags = group("dags", "list, start and look at DAGs");
  const add = (name: string, description: string): Command => withServer(withOutput(dags.command(name).description(description)));
  does(
    host,
    add("list", "list the DAGs").option("--search <text>", "part of the DAG's id").option("--tag <tag>", "only with this tag"),
    listDags,
  );
  does(
    host,
    add("trigger <dag_id>", "start a run")
      .option("-c, --conf <json>", "parameters of the run, a JSON object")
      .option("-r, --run-id <id>", "id of the run; default: made from the time")
      .option("--logical-date <instant>", "logical date (ISO 8601); default: none", instant)
      .option("--note <text>", "note to keep with the run")
      .option("-u, --unpause", "take the DAG out of pause first; runs of a paused DAG wait")
      .option("-w, --wait", "wait for the end; exit code 0 only on success")
      .option("--timeout <seconds>", "with --wait: give up waiting after so long (exit code 124)", seconds),
    triggerDag,
  );
  does(host, add("pause <dag_id>", "pause a DAG: no new runs start"), (invocation, dagId = "") => setPaused(invocation, dagId, true));
  does(host, add("unpause <dag_id>", "take a DAG out of pause"), (invocation, dagId = "") => setPaused(invocation, dagId, false));
  does(host, add("details <dag_id>", "show all that is known of a DAG"), details);
  does(host, add("state <dag_id> <run_id>", "show the state of a run and of its tasks"), state);
  does(
    host,
    add("list-runs <dag_id>", "list the newest runs")
      .option("--limit <count>", "at most so many", wholeNumber, 25)
      .addOption(new Option("--state <state>", "only those in this state").choices(DAG_RUN_STATES)),
    listRuns,
  );
  does(
    host,
    add("next-execution <dag_id>", "show the runs that the timetable wants next").option(
      "-n, --num-executions <count>",
      "so many, at most 100",
      upTo(100),
      5,
    ),
    nextExecution,
  );
  does(host, add("list-import-errors", "list the files that could not be read"), listImportErrors);
  does(
    host,
    withOutput(dags.command("test <file_or_dag_id>").description("run a DAG in this process, without scheduler and server"))
      .option("-c, --conf <json>", "parameters of the run, a JSON object")
      .option("--logical-date <instant>", "logical date (ISO 8601); default: now", instant)
      .option("--dag-id <id>", "which DAG, when the file holds several"),
    async (invocation, argument) => (await import("./dags-test.ts")).testDag(invocation, argument),
  );
  addRunActions(host, dags);
  return dags;
}

async function listDags(invocation: Invocation): Promise<undefined> {
  const { api } = await connect(invocation);
  const [search, tag] = [invocation.text("search"), invocation.text("tag")];
  const filter = { ...(search === undefined ? {} : { dag_id_pattern: `%${search}%` }), ...(tag === undefined ? {} : { tags: [tag] }) };
  const dags = await readRows(async (part) => {
    const page = await answerOf(api.GET("/api/v2/dags", { params: { query: { ...filter, ...part, order_by: "dag_id" } } }));
    return { rows: page.dags, total: page.total_entries };
  });
  invocation.printRows(
    dags.map((dag) => ({
      dag_id: dag.dag_id,
      schedule: dag.timetable_summary,
      is_paused: dag.is_paused,
      next_run: dag.next_dagrun_run_after,
      tags: dag.tags.map((tagged) => tagged.name),
      owners: dag.owners,
      description: dag.description,
    })),
  );
  return undefined;
}

async function setPaused(invocation: Invocation, dagId: string, isPaused: boolean): Promise<undefined> {
  const server = await connect(invocation);
  const dag = await withSuggestion(server, dagId, () =>
    answerOf(server.api.PATCH("/api/v2/dags/{dag_id}", { params: { path: { dag_id: dagId } }, body: { is_paused: isPaused } })),
  );
  invocation.printObject({ dag_id: dag.dag_id, is_paused: dag.is_paused });
  return undefined;
}

/** All fields of a DAG, shown as they come. */
const detailFields = z.record(z.string(), z.json());

async function details(invocation: Invocation, dagId = ""): Promise<undefined> {
  const server = await connect(invocation);
  const path = { dag_id: dagId };
  const dag = await withSuggestion(server, dagId, () => answerOf(server.api.GET("/api/v2/dags/{dag_id}/details", { params: { path } })));
  invocation.printObject(detailFields.parse(dag));
  return undefined;
}

async function state(invocation: Invocation, dagId = "", runId = ""): Promise<undefined> {
  const server = await connect(invocation);
  const run = await withSuggestion(server, dagId, () => server.readRun({ dagId, runId }));
  invocation.printObject({
    dag_id: dagId,
    dag_run_id: runId,
    state: run.state,
    tasks: Object.fromEntries(
      run.tasks.map((task) => [task.map_index < 0 ? task.task_id : `${task.task_id}[${task.map_index}]`, task.state]),
    ),
  });
  return undefined;
}

async function listRuns(invocation: Invocation, dagId = ""): Promise<undefined> {
  const server = await connect(invocation);
  const path = { dag_id: dagId };
  const runs = await withSuggestion(server, dagId, () =>
    readRows(async (part) => {
      // Checked by `choices` of the option.
      const state = invocation.text("state") as (typeof DAG_RUN_STATES)[number] | undefined;
      const query = { ...part, ...(state === undefined ? {} : { state: [state] }), order_by: "-run_after" } as const;
      const page = await answerOf(server.api.GET("/api/v2/dags/{dag_id}/dagRuns", { params: { path, query } }));
      return { rows: page.dag_runs, total: page.total_entries };
    }, invocation.number("limit")),
  );
  invocation.printRows(
    runs.map((run) => ({
      dag_run_id: run.dag_run_id,
      state: run.state,
      run_type: run.run_type,
      run_after: run.run_after,
      start_date: run.start_date,
      end_date: run.end_date,
    })),
  );
  return undefined;
}

async function nextExecution(invocation: Invocation, dagId = ""): Promise<undefined> {
  const server = await connect(invocation);
  const params = { path: { dag_id: dagId }, query: { limit: invocation.number("numExecutions") ?? 5 } };
  const found = await withSuggestion(server, dagId, () => answerOf(server.api.GET("/api/v2/dags/{dag_id}/nextRuns", { params })));
  if (found.next_runs.length === 0) invocation.note(await sayNoRuns(server, dagId));
  invocation.printRows(found.next_runs);
  return undefined;
}

/** Why a timetable wants no run at a time that is known beforehand. */
async function sayNoRuns({ api }: ServerConnection, dagId: string): Promise<string> {
  const dag = await answerOf(api.GET("/api/v2/dags/{dag_id}/details", { params: { path: { dag_id: dagId } } }));
  if (dag.timetable_summary === null) return `"${dagId}" has no schedule: its runs are started by hand, by the API, or by another DAG.`;
  const end = dag.end_date === null ? "" : ` It ends ${dag.end_date}.`;
  return `The schedule of "${dagId}" (${dag.timetable_description ?? dag.timetable_summary}) has no further times.${end}`;
}

async function listImportErrors(invocation: Invocation): Promise<undefined> {
  const { api } = await connect(invocation);
  const errors = await readRows(async (query) => {
    const page = await answerOf(api.GET("/api/v2/importErrors", { params: { query } }));
    return { rows: page.import_errors, total: page.total_entries };
  });
  invocation.printRows(
    errors.map((error) => ({ bundle: error.bundle_name, file: error.filename, at: error.timestamp, error: error.stack_trace })),
  );
  return undefined;
}
