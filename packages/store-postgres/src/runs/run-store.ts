import { listDeadLetters } from "./dead-letters.ts";
import type { RunStore } from "@polyflow/store";
import { listMissedDeadlines } from "../scheduling/deadlines.ts";
import { statement } from "../statement.ts";
import type { StoreContext } from "../store-context.ts";
import { clearTaskInstances } from "./clear-task-instances.ts";
import { runCreation } from "./create-run.ts";
import { GET_RUN, markRun } from "./mark-run.ts";
import { markTaskInstances } from "./mark-task-instances.ts";
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
import { runsByDay } from "./runs-by-day.ts";
import { waitingFacts } from "./waiting-facts.ts";

/** Parameters: DAG id, run id, note. Result: one row when there is such a run. Locks: dag_run. */
const SET_RUN_NOTE = statement(
  "set_run_note",
  `update polyflow.dag_run set note = $3 where dag_id = $1 and run_id = $2 returning dag_run_id`,
);

/** Parameters: DAG id, run id. Result: one row when there was such a run. Locks: dag_run and all below it. */
const DELETE_RUN = statement("delete_run", `delete from polyflow.dag_run where dag_id = $1 and run_id = $2 returning dag_run_id`);

/** Parameters: DAG id, run id, task id, map index, note. Locks: task_instance. */
const SET_TASK_NOTE = statement(
  "set_task_note",
  `update polyflow.task_instance ti set note = $5 from polyflow.dag_run run
   where run.dag_id = $1 and run.run_id = $2 and ti.dag_run_id = run.dag_run_id and ti.task_id = $3 and ti.map_index = $4`,
);

function runsAround(name: string, comparison: "<" | ">", direction: "asc" | "desc") {
  const time = (run: string) => `coalesce(${run}.logical_date, ${run}.run_after)`;
  return statement(
    name,
    `select other.run_id as "runId" from polyflow.dag_run run join polyflow.dag_run other using (dag_id)
     where run.dag_id = $1 and run.run_id = $2 and ${time("other")} ${comparison} ${time("run")}
     order by ${time("other")} ${direction}, other.dag_run_id
     limit $3`,
  );
}
/** Parameters: DAG id, run id, how many. Result: runs, nearest first. */
const RUNS_BEFORE = runsAround("runs_before", "<", "desc");
const RUNS_AFTER = runsAround("runs_after", ">", "asc");

export function createRunStore(context: StoreContext): RunStore {
  const { database, feed } = context;
  return {
    createRun: runCreation(context),
    getRun: (dagId, runId) => database.queryOne<RunRow>(GET_RUN, [dagId, runId]),
    listDeadLetters: (filter) => listDeadLetters(context, filter),
    listMissedDeadlines: (filter) => listMissedDeadlines(context, filter),
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
    markTaskInstances: (request) => markTaskInstances(context, request),
    runsByDay: (dagId, range) => runsByDay(context, dagId, range),
    waitingFacts: (ref) => waitingFacts(context, ref),

    async setTaskNote(ref, note) {
      await database.query(SET_TASK_NOTE, [ref.dagId, ref.runId, ref.taskId, ref.mapIndex, note]);
      return getTaskInstance(context, ref);
    },

    async runIdsAround(dagId, runId, direction, limit) {
      const rows = await database.query<{ runId: string }>(direction === "past" ? RUNS_BEFORE : RUNS_AFTER, [dagId, runId, limit]);
      return rows.map((row) => row.runId);
    },

    markRun: (dagId, runId, state) => markRun(context, dagId, runId, state),
  };
}
