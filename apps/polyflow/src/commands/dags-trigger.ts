import { answerOf } from "@polyflow/api-client";
import { EXIT } from "../cli/exit-codes.ts";
import type { Invocation } from "../cli/invocation.ts";
import { connect } from "../rest/connect.ts";
import type { RunAddress, ServerConnection } from "../rest/server-connection.ts";
import { describeFailures, progressLine, watchRun } from "../rest/watch-run.ts";
import { withSuggestion } from "../rest/with-suggestion.ts";
import { parseConf } from "./parse-conf.ts";

/** `polyflow dags trigger`: starts a run, and waits for its end where that is asked for. */
export async function triggerDag(invocation: Invocation, dagId = ""): Promise<number> {
  const server = await connect(invocation);
  const [runId, note] = [invocation.text("runId"), invocation.text("note")];
  const body = {
    ...(runId === undefined ? {} : { dag_run_id: runId }),
    logical_date: invocation.text("logicalDate") ?? null,
    conf: parseConf(invocation.text("conf")),
    ...(note === undefined ? {} : { note }),
  };
  const path = { dag_id: dagId };
  await checkPause(invocation, server, dagId);
  const run = await answerOf(server.api.POST("/api/v2/dags/{dag_id}/dagRuns", { params: { path }, body }));
  if (invocation.flag("wait")) return waitFor(invocation, server, { dagId, runId: run.dag_run_id });
  invocation.printObject({ dag_id: run.dag_id, dag_run_id: run.dag_run_id, state: run.state });
  return EXIT.success;
}

async function checkPause(invocation: Invocation, server: ServerConnection, dagId: string): Promise<void> {
  const params = { path: { dag_id: dagId } };
  const dag = await withSuggestion(server, dagId, () => answerOf(server.api.GET("/api/v2/dags/{dag_id}", { params })));
  if (!dag.is_paused) return;
  if (invocation.flag("unpause")) await answerOf(server.api.PATCH("/api/v2/dags/{dag_id}", { params, body: { is_paused: false } }));
  else invocation.note(`"${dagId}" is paused: the run waits until \`polyflow dags unpause ${dagId}\`. --unpause does that at once.`);
}

async function waitFor(invocation: Invocation, server: ServerConnection, run: RunAddress): Promise<number> {
  invocation.note(`${run.dagId} ${run.runId}`);
  const { clock } = invocation.surroundings;
  const timeoutSeconds = invocation.number("timeout");
  const ended = await watchRun(server, run, {
    clock,
    timeoutMs: timeoutSeconds === undefined ? undefined : timeoutSeconds * 1000,
    onChange: (now) => invocation.note(`  ${progressLine(now)}`),
  });
  if (ended === undefined) {
    invocation.note(`The run had not ended after ${timeoutSeconds} s; it goes on.`);
    return EXIT.timeout;
  }
  invocation.printObject({ dag_id: run.dagId, dag_run_id: run.runId, state: ended.state });
  if (ended.state === "success") return EXIT.success;
  for (const line of await describeFailures(server, ended, clock)) invocation.note(line);
  return EXIT.failed;
}
