import { brand, type AttemptId, type DagSpec, isPolyflowError, type JsonObject, PolyflowError } from "@polyflow/contracts";
import { runIdFor } from "@polyflow/lifecycle";
import { findRunsRequest, type FoundRuns, type TriggeredRun, triggerRunRequest } from "@polyflow/contracts/wire";
import type { DagRecord, DagRunRecord } from "@polyflow/store";
import { createHash } from "node:crypto";
import { z } from "zod";
import { existingActiveDag, existingRun } from "../records/existing-records.ts";
import { newManualRun } from "../runs/new-manual-run.ts";
import type { App, ServerContext } from "../server-context.ts";

const attemptPath = z.object({ attemptId: z.uuid() });
const hidden = { hide: true };

/** A task may look at runs of other DAGs and start them while its attempt is current. */
export function addOtherDagRoutes(app: App, context: ServerContext): void {
  const { store } = context;

  app.post(
    "/attempts/:attemptId/dag-runs",
    { config: { policy: "attempt" }, schema: { ...hidden, params: attemptPath, body: triggerRunRequest } },
    async (request): Promise<TriggeredRun> => {
      await requireCurrent(request.params.attemptId);
      const { dagId, once, conf, logicalDate, note, whenExists } = request.body;
      const dag = await existingActiveDag(store, dagId);
      const own = once ? await runIdOfTry(request.params.attemptId, logicalDate) : undefined;
      const runId = own ?? request.body.runId;
      const wanted = newManualRun(
        dag,
        // it came out of a JSON parser
        { dag_run_id: runId, conf: conf as JsonObject, logical_date: logicalDate, note },
        { ...context, by: { triggeredBy: "operator", triggeringUser: null } },
      );
      try {
        return answer(dag, await store.runs.createRun(wanted), true);
      } catch (error) {
        if (!isPolyflowError(error, "dag_run_exists")) throw error;
        const existing = String(error.details["runId"]);
        // an earlier worker of the same try has started it
        if (existing === own) return answer(dag, await existingRun(store, dagId, existing), false);
        if (whenExists === "fail") throw error;
        if (whenExists === "reset") await store.runs.clearTaskInstances({ dagId, runId: existing, onlyFailed: false, dryRun: false });
        return answer(dag, await existingRun(store, dagId, existing), false);
      }
    },
  );

  app.post(
    "/attempts/:attemptId/dag-runs/find",
    { config: { policy: "attempt" }, schema: { ...hidden, params: attemptPath, body: findRunsRequest } },
    async (request): Promise<FoundRuns> => {
      await requireCurrent(request.params.attemptId);
      const { dagId, runId, logicalDates, taskIds = [], groupId } = request.body;
      const dag = await store.dags.getDag(dagId);
      if (dag === undefined) return { dagExists: false, unknown: [], taskIds: [], runs: [] };
      const ofGroup = groupId === undefined ? [] : tasksOfGroup(dag.spec, groupId);
      const wanted = [...new Set([...taskIds, ...ofGroup])];
      const known = new Set(dag.spec.tasks.map((task) => task.taskId));
      const runs = await store.execution.findRuns({
        dagId,
        taskIds: wanted,
        ...(runId === undefined ? {} : { runId }),
        ...(logicalDates === undefined ? {} : { logicalDates: logicalDates.map((date) => new Date(date)) }),
      });
      const unknown = taskIds.filter((taskId) => !known.has(taskId));
      if (groupId !== undefined && ofGroup.length === 0) unknown.push(groupId);
      const shown = runs.map((run) => ({ ...run, logicalDate: run.logicalDate?.toISOString() ?? null, tasks: { ...run.tasks } }));
      return { dagExists: true, unknown, taskIds: wanted, runs: shown };
    },
  );

  /** The same for all workers that a try of a task is lost with; another one for a retry, and after a clear. */
  async function runIdOfTry(attemptId: string, logicalDate: string | undefined): Promise<string> {
    const found = await store.execution.getAuthorsTry(brand<AttemptId>(attemptId));
    if (found === undefined) throw superseded(attemptId);
    const { taskInstanceId, clearNumber, retriesLeft, runAfter } = found;
    const digest = createHash("sha256").update(`${taskInstanceId} ${clearNumber} ${retriesLeft}`).digest("hex");
    return runIdFor("manual", logicalDate === undefined ? runAfter : new Date(logicalDate), digest.slice(0, 12));
  }

  /** A token outlives its attempt. */
  async function requireCurrent(attemptId: string): Promise<void> {
    if (!(await store.execution.isCurrentAttempt(brand<AttemptId>(attemptId)))) throw superseded(attemptId);
  }
}

function superseded(attemptId: string): PolyflowError {
  return new PolyflowError("attempt_superseded", `Attempt ${attemptId} is no longer current. Stop it.`);
}

function answer(dag: DagRecord, { dagId, runId, state }: DagRunRecord, isNew: boolean): TriggeredRun {
  return { dagId, runId, state, isNew, isPaused: dag.isPaused };
}

/** The tasks of a group and of all groups within it. */
function tasksOfGroup({ tasks, groups = [] }: DagSpec, groupId: string): readonly string[] {
  const inside = new Set([groupId]);
  // outer groups stand before their inner ones
  for (const group of groups) if (group.parentId !== undefined && inside.has(group.parentId)) inside.add(group.groupId);
  return tasks.filter((task) => task.groupId !== undefined && inside.has(task.groupId)).map((task) => task.taskId);
}
