import { isFinishedRunState } from "@polyflow/contracts";
import type { ModelState } from "./model-state.ts";

/** Pauses the DAG if its newest finished runs, as many as it allows, have all failed. */
export function pauseIfFailing(state: ModelState, dagId: string): boolean {
  const dag = state.dags.get(dagId);
  const most = dag?.spec.maxConsecutiveFailedRuns;
  if (dag === undefined || dag.isPaused || most === undefined) return false;
  const newest = state
    .runsOf(dagId)
    .filter((run) => isFinishedRunState(run.state) && run.request.runType !== "backfill")
    .toSorted((a, b) => Number(b.request.runAfter) - Number(a.request.runAfter))
    .slice(0, most);
  if (newest.length < most || newest.some((run) => run.state !== "failed")) return false;
  dag.isPaused = true;
  state.count("paused a failing DAG");
  state.emit([{ kind: "dag", dagId }]);
  return true;
}

/** Deadlines that are due: those of runs that ended in time go, the others are missed. */
export function missDeadlines(state: ModelState, now: Date): { readonly dagId: string; readonly runId: string; readonly name: string }[] {
  const due = state.deadlines.filter((deadline) => deadline.notices === 0 && deadline.dueAtMs <= now.getTime());
  return due.flatMap((deadline) => {
    const { run, name, dueAtMs } = deadline;
    if (run.endDate !== null && run.endDate.getTime() <= dueAtMs) {
      state.deadlines.splice(state.deadlines.indexOf(deadline), 1);
      return [];
    }
    state.noteMissed(deadline);
    state.count("missed a deadline");
    return [{ dagId: run.dagId, runId: run.request.runId, name }];
  });
}
