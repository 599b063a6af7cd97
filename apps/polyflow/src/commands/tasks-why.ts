import { answerOf } from "@polyflow/api-client";
import { isFinishedTaskState, isPolyflowError, TASK_INSTANCE_STATES } from "@polyflow/contracts";
import type { Invocation } from "../cli/invocation.ts";
import type { Row } from "../cli/output.ts";
import { connect } from "../rest/connect.ts";
import { newestRun } from "../rest/newest-run.ts";
import type { ServerConnection } from "../rest/server-connection.ts";
import { withSuggestion } from "../rest/with-suggestion.ts";

const BASE = "/api/v2/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}";
/** Of a mapped task that many instances are looked at, those first that have not ended. */
const MOST_INSTANCES = 20;

interface AskedTask {
  readonly dag_id: string;
  readonly dag_run_id: string;
  readonly task_id: string;
}

interface Gate {
  readonly gate: string;
  readonly passed: boolean;
  readonly reason: string;
}

/** `polyflow tasks why`: what holds a task back, with the names of who holds what it needs. */
export async function tellWhy(invocation: Invocation, dagId = "", taskId = "", runId = ""): Promise<undefined> {
  const server = await connect(invocation);
  const path = { dag_id: dagId, dag_run_id: runId === "" ? await newestRun(server, dagId) : runId, task_id: taskId };
  const mapIndex = invocation.number("mapIndex");
  const shown = (gates: readonly Gate[]): readonly Gate[] => (invocation.flag("all") ? gates : gates.filter(({ passed }) => !passed));
  const rows = await withSuggestion(server, dagId, () =>
    mapIndex === undefined ? reasonsOfTask(server, path, shown) : reasonsOfInstance(server, { ...path, map_index: mapIndex }, shown),
  );
  if (rows.length === 0) invocation.note(await sayState(server, path, mapIndex));
  invocation.printRows(rows);
  return undefined;
}

type Shown = (gates: readonly Gate[]) => readonly Gate[];

async function reasonsOfTask(server: ServerConnection, path: AskedTask, shown: Shown): Promise<readonly Row[]> {
  try {
    const { gates } = await answerOf(server.api.GET(`${BASE}/dependencies`, { params: { path } }));
    return shown(gates).map(({ gate, passed, reason }) => ({ gate, passed, reason }));
  } catch (error) {
    if (!isPolyflowError(error, "task_instance_not_found")) throw error;
    // a mapped task has its instances only: whatever holds them back is told of each
    const instances = await openInstances(server, path);
    if (instances === undefined) throw error;
    const reasons = await Promise.all(
      instances.map(async (map_index) => {
        const rows = await reasonsOfInstance(server, { ...path, map_index }, shown);
        return rows.map((row) => ({ map_index, ...row }));
      }),
    );
    return reasons.flat();
  }
}

async function reasonsOfInstance(
  { api }: ServerConnection,
  path: AskedTask & { readonly map_index: number },
  shown: Shown,
): Promise<readonly Row[]> {
  const { gates } = await answerOf(api.GET(`${BASE}/{map_index}/dependencies`, { params: { path } }));
  return shown(gates).map(({ gate, passed, reason }) => ({ gate, passed, reason }));
}

/** Undefined when the task is not mapped, or not there. */
async function openInstances({ api }: ServerConnection, path: AskedTask): Promise<readonly number[] | undefined> {
  const state = TASK_INSTANCE_STATES.filter((one) => !isFinishedTaskState(one));
  const all = await answerOf(api.GET(`${BASE}/listMapped`, { params: { path, query: { limit: 1 } } }));
  if (all.total_entries === 0) return undefined;
  const open = await answerOf(api.GET(`${BASE}/listMapped`, { params: { path, query: { limit: MOST_INSTANCES, state } } }));
  return open.task_instances.map((instance) => instance.map_index);
}

/** What is said when nothing holds the task back: it runs, or it has ended. */
async function sayState({ api }: ServerConnection, path: AskedTask, mapIndex: number | undefined): Promise<string> {
  const start = `Nothing holds "${path.task_id}" back in run "${path.dag_run_id}"`;
  try {
    const instance = await (mapIndex === undefined
      ? answerOf(api.GET(BASE, { params: { path } }))
      : answerOf(api.GET(`${BASE}/{map_index}`, { params: { path: { ...path, map_index: mapIndex } } })));
    return `${start}: its state is ${instance.state ?? "none"}.`;
  } catch (error) {
    if (!isPolyflowError(error, "task_instance_not_found")) throw error;
    return `${start}: none of its instances waits.`;
  }
}
