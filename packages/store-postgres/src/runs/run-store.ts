import type { RunStore } from "@polyflow/store";
import { statement } from "../statement.ts";
import type { StoreContext } from "../store-context.ts";
import { clearTaskInstances } from "./clear-task-instances.ts";
import { createRun } from "./create-run.ts";
import { GET_RUN, markRun } from "./mark-run.ts";
import { gridCells } from "./grid-cells.ts";
import { listRuns, recentRuns, taskStatesOfNewestRuns } from "./read-runs.ts";
import {
  getRenderedFields,
  getTaskInstance,
  listLoadReports,
  listTaskInstances,
  listTries,
  listTriesOfRun,
  listXComs,
} from "./read-task-instances.ts";
import type { RunRow } from "./run-row.ts";

/** Parameters: DAG id, run id, note. Result: one row when there is such a run. Locks: dag_run. */
const SET_RUN_NOTE = statement(
  "set_run_note",
  `update polyflow.dag_run set note = $3 where dag_id = $1 and run_id = $2 returning dag_run_id`,
);

/** Parameters: DAG id, run id. Result: one row when there was such a run. Locks: dag_run and all below it. */
const DELETE_RUN = statement("delete_run", `delete from polyflow.dag_run where dag_id = $1 and run_id = $2 returning dag_run_id`);

export function createRunStore(context: StoreContext): RunStore {
  const { database, feed } = context;
  return {
    createRun: (run) => createRun(context, run),
    getRun: (dagId, runId) => database.queryOne<RunRow>(GET_RUN, [dagId, runId]),
    listRuns: (filter) => listRuns(context, filter),
    recentRuns: (dagIds, limit) => recentRuns(context, dagIds, limit),
    taskStatesOfNewestRuns: (dagIds) => taskStatesOfNewestRuns(context, dagIds),
    gridCells: (dagId, runIds, taskIds) => gridCells(context, dagId, runIds, taskIds),

    async setRunNote(dagId, runId, note) {
      await database.query(SET_RUN_NOTE, [dagId, runId, note]);
      return database.queryOne<RunRow>(GET_RUN, [dagId, runId]);
    },

    async deleteRun(dagId, runId) {
      const deleted = await database.queryOne(DELETE_RUN, [dagId, runId]);
      if (deleted === undefined) return false;
      feed.emit([{ kind: "dag", dagId }]);
      return true;
    },

    listTaskInstances: (dagId, runId) => listTaskInstances(context, dagId, runId),
    getTaskInstance: (ref) => getTaskInstance(context, ref),
    listTries: (ref) => listTries(context, ref),
    listTriesOfRun: (dagId, runId) => listTriesOfRun(context, dagId, runId),
    listXComs: (ref) => listXComs(context, ref),
    getRenderedFields: (ref) => getRenderedFields(context, ref),
    listLoadReports: (dagId, runId) => listLoadReports(context, dagId, runId),
    clearTaskInstances: (request) => clearTaskInstances(context, request),
    markRun: (dagId, runId, state) => markRun(context, dagId, runId, state),
  };
}
