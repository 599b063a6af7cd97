import type { ActiveRun, SchedulerStore, TimetableOutcome, TimetableStep } from "@polyflow/store";
import { activeRun } from "./model-active-run.ts";
import type { ModelDag } from "./model-rows.ts";
import type { ModelState } from "./model-state.ts";

/** All steps in one transaction: one that cannot be written leaves none written. */
export function advanceTimetables(
  state: ModelState,
  steps: readonly TimetableStep[],
): Awaited<ReturnType<SchedulerStore["advanceTimetables"]>> {
  const broken = steps.find((step) => state.unwritable.has(step.dagId));
  if (broken !== undefined) {
    state.count(steps.length === 1 ? "a run cannot be written" : "a batch of runs cannot be written because of one");
    throw new Error(`${broken.dagId} cannot be written`);
  }
  const started: ActiveRun[] = [];
  const outcomes = steps.map((step) => {
    const outcome = advance(state, step, started);
    state.count(`timetable: ${outcome}${steps.length > 1 ? ", among others" : ""}`);
    return outcome;
  });
  return { outcomes, started };
}

function advance(state: ModelState, { dagId, versionId, run, next }: TimetableStep, started: ActiveRun[]): TimetableOutcome {
  const dag = state.dags.get(dagId);
  if (dag === undefined || dag.versionId !== versionId || dag.isPaused) return "left_alone";
  if (state.held.has(dagId)) return "busy";
  planNext(dag, next);
  if (run === null) return "planned";
  if (next !== null && next.runAfter <= run.runAfter) state.violations.push(`I2: after ${run.runId} of ${dagId} comes an earlier run`);
  const isFirst = !state.runsOf(dagId).some((older) => older.state === "queued" && older.backfillId === null);
  const runKey = state.createRun(run);
  const created = runKey === undefined ? undefined : state.runs.get(runKey);
  if (created === undefined) return "exists";
  if (isFirst && run.runAfter.getTime() <= state.clock.now() && state.mayStart(created)) {
    created.startDate = new Date(state.clock.now());
    state.emit([state.setRunState(created, "running")]);
    started.push(...activeRun(state, created));
  }
  return "created";
}

function planNext(dag: ModelDag, next: ModelDag["nextRun"]): void {
  dag.nextRun = next;
  dag.wasAsked = true;
}
