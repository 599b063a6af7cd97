import { PolyflowError } from "@polyflow/contracts";
import type { Command } from "commander";
import { type CommandHost, does, group, seconds, wholeNumber, withOutput, withServer } from "../cli/command-options.ts";
import { EXIT } from "../cli/exit-codes.ts";
import type { Invocation } from "../cli/invocation.ts";
import { nearest } from "../cli/nearest.ts";
import { dagAnswer, dagRunAnswer, dagRunsAnswer, dagsAnswer, detailsAnswer, importErrorsAnswer } from "../rest/answers.ts";
import { connect } from "../rest/connect.ts";
import { paths } from "../rest/paths.ts";
import type { RestClient } from "../rest/rest-client.ts";
import { describeFailures, progressLine, watchRun } from "../rest/watch-run.ts";
import { parseConf } from "./parse-conf.ts";

const PAGE = 100;

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
      .option("--logical-date <instant>", "logical date (ISO 8601); default: none")
      .option("--note <text>", "note to keep with the run")
      .option("-u, --unpause", "take the DAG out of pause first; runs of a paused DAG wait")
      .option("-w, --wait", "wait for the end; exit code 0 only on success")
      .option("--timeout <seconds>", "with --wait: give up waiting after so long (exit code 124)", seconds),
    trigger,
  );
  does(host, add("pause <dag_id>", "pause a DAG: no new runs start"), (invocation, dagId = "") => setPaused(invocation, dagId, true));
  does(host, add("unpause <dag_id>", "take a DAG out of pause"), (invocation, dagId = "") => setPaused(invocation, dagId, false));
  does(host, add("details <dag_id>", "show all that is known of a DAG"), details);
  does(host, add("state <dag_id> <run_id>", "show the state of a run and of its tasks"), state);
  does(host, add("list-runs <dag_id>", "list the newest runs").option("--limit <count>", "at most so many", wholeNumber, 25), listRuns);
  does(host, add("list-import-errors", "list the files that could not be read"), listImportErrors);
  does(
    host,
    withOutput(dags.command("test <file_or_dag_id>").description("run a DAG in this process, without scheduler and server"))
      .option("-c, --conf <json>", "parameters of the run, a JSON object")
      .option("--dag-id <id>", "which DAG, when the file holds several"),
    async (invocation, argument) => (await import("./dags-test.ts")).testDag(invocation, argument),
  );
  return dags;
}

async function listDags(invocation: Invocation): Promise<undefined> {
  const client = await connect(invocation);
  const search = invocation.text("search");
  const query = { dag_id_pattern: search === undefined ? undefined : `%${search}%`, tags: invocation.text("tag") };
  const rows = [];
  for (let offset = 0; ; offset += PAGE) {
    const page = await client.get(paths.dags({ ...query, limit: PAGE, offset, order_by: "dag_id" }), dagsAnswer);
    rows.push(...page.dags);
    if (page.dags.length === 0 || rows.length >= page.total_entries) break;
  }
  invocation.printRows(
    rows.map((dag) => ({
      dag_id: dag.dag_id,
      schedule: dag.timetable_summary ?? null,
      is_paused: dag.is_paused,
      next_run: dag.next_dagrun_run_after ?? null,
      tags: dag.tags.map((tag) => tag.name),
      owners: dag.owners,
      description: dag.description ?? null,
    })),
  );
  return undefined;
}

async function trigger(invocation: Invocation, dagId = ""): Promise<number> {
  const client = await connect(invocation);
  const runId = invocation.text("runId");
  const body = {
    ...(runId === undefined ? {} : { dag_run_id: runId }),
    logical_date: invocation.text("logicalDate") ?? null,
    conf: parseConf(invocation.text("conf")),
    ...(invocation.text("note") === undefined ? {} : { note: invocation.text("note") }),
  };
  await checkPause(invocation, client, dagId);
  const run = await client.send("POST", paths.dagRuns(dagId), body, dagRunAnswer);
  if (!invocation.flag("wait")) {
    invocation.printObject({ dag_id: run.dag_id, dag_run_id: run.dag_run_id, state: run.state });
    return EXIT.success;
  }
  return waitFor(invocation, client, { dagId, runId: run.dag_run_id });
}

async function checkPause(invocation: Invocation, client: RestClient, dagId: string): Promise<void> {
  const dag = await withSuggestion(client, dagId, () => client.get(paths.dag(dagId), dagAnswer));
  if (!dag.is_paused) return;
  if (invocation.flag("unpause")) await client.send("PATCH", paths.dag(dagId), { is_paused: false }, dagAnswer);
  else invocation.note(`"${dagId}" is paused: the run waits until \`polyflow dags unpause ${dagId}\`. --unpause does that at once.`);
}

async function waitFor(
  invocation: Invocation,
  client: RestClient,
  run: { readonly dagId: string; readonly runId: string },
): Promise<number> {
  invocation.note(`${run.dagId} ${run.runId}`);
  const timeoutSeconds = invocation.number("timeout");
  const ended = await watchRun(client, run, {
    clock: invocation.surroundings.clock,
    timeoutMs: timeoutSeconds === undefined ? undefined : timeoutSeconds * 1000,
    onChange: (now) => invocation.note(`  ${progressLine(now)}`),
  });
  if (ended === undefined) {
    invocation.note(`The run had not ended after ${timeoutSeconds} s; it goes on.`);
    return EXIT.timeout;
  }
  invocation.printObject({ dag_id: run.dagId, dag_run_id: run.runId, state: ended.state });
  if (ended.state === "success") return EXIT.success;
  for (const line of await describeFailures(client, ended)) invocation.note(line);
  return EXIT.failed;
}

async function setPaused(invocation: Invocation, dagId: string, isPaused: boolean): Promise<undefined> {
  const client = await connect(invocation);
  const dag = await withSuggestion(client, dagId, () => client.send("PATCH", paths.dag(dagId), { is_paused: isPaused }, dagAnswer));
  invocation.printObject({ dag_id: dag.dag_id, is_paused: dag.is_paused });
  return undefined;
}

async function details(invocation: Invocation, dagId = ""): Promise<undefined> {
  const client = await connect(invocation);
  const dag = await withSuggestion(client, dagId, () => client.get(paths.dagDetails(dagId), detailsAnswer));
  // z.json() has checked that it is plain JSON.
  invocation.printObject(dag as Parameters<Invocation["printObject"]>[0]);
  return undefined;
}

async function state(invocation: Invocation, dagId = "", runId = ""): Promise<undefined> {
  const client = await connect(invocation);
  const { uiRun } = await import("@polyflow/contracts/wire");
  const run = await withSuggestion(client, dagId, () => client.get(paths.uiRun(dagId, runId), uiRun));
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
  const client = await connect(invocation);
  const query = { limit: invocation.number("limit") ?? PAGE, order_by: "-run_after" };
  const page = await withSuggestion(client, dagId, () => client.get(paths.dagRuns(dagId, query), dagRunsAnswer));
  invocation.printRows(
    page.dag_runs.map((run) => ({
      dag_run_id: run.dag_run_id,
      state: run.state,
      run_type: run.run_type,
      run_after: run.run_after ?? null,
      start_date: run.start_date ?? null,
      end_date: run.end_date ?? null,
    })),
  );
  return undefined;
}

async function listImportErrors(invocation: Invocation): Promise<undefined> {
  const client = await connect(invocation);
  const page = await client.get(paths.importErrors(), importErrorsAnswer);
  invocation.printRows(
    page.import_errors.map((error) => ({
      bundle: error.bundle_name ?? null,
      file: error.filename,
      at: error.timestamp,
      error: error.stack_trace,
    })),
  );
  return undefined;
}

/** Adds near names to "there is no such DAG". */
async function withSuggestion<Result>(client: RestClient, dagId: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PolyflowError) || error.code !== "dag_not_found") throw error;
    const page = await client.get(paths.dags({ limit: 1000 }), dagsAnswer);
    const near = nearest(
      dagId,
      page.dags.map((dag) => dag.dag_id),
    );
    const suggestion = near.length === 0 ? "`polyflow dags list` shows those that exist." : `Did you mean ${near.join(", or ")}?`;
    throw new PolyflowError("dag_not_found", `There is no DAG "${dagId}". ${suggestion}`, { cause: error });
  }
}
