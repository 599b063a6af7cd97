import type { ActiveRun } from "@polyflow/store";
import type { ModelRun } from "./model-rows.ts";
import type { ModelState } from "./model-state.ts";

export function activeRun(state: ModelState, run: ModelRun | undefined): readonly ActiveRun[] {
  if (run === undefined || run.state !== "running" || state.dags.get(run.dagId)?.isPaused === true) return [];
  const { runKey, dagId, versionId, startDate, request } = run;
  return [{ runKey, dagId, runId: request.runId, versionId, state: run.state, logicalDate: request.logicalDate, startDate }];
}
