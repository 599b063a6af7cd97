import { type ChangeEvent, isFinishedRunState } from "@polyflow/contracts";
import type { BackfillStep, BackfillWork, NextRun, PendingBackfillDate, SchedulerStore } from "@polyflow/store";
import { clearModelTasks } from "./model-clear.ts";
import type { ModelRun } from "./model-rows.ts";
import type { ModelState } from "./model-state.ts";
import type { ModelBackfill } from "./model-backfill.ts";

type BackfillMethods = Pick<SchedulerStore, "listBackfillWork" | "applyBackfillSteps">;

/** The scheduler's side of backfills. */
export function modelBackfillMethods(state: ModelState): BackfillMethods {
  return {
    async listBackfillWork(limit, datesOfEach) {
      const open = state.backfills.filter((backfill) => !backfill.isCompleted);
      return { open: open.length, work: open.flatMap((backfill) => workOf(state, backfill, datesOfEach)).slice(0, limit) };
    },
    async applyBackfillSteps(term, backfillId, steps) {
      state.requireTerm(term);
      const backfill = state.backfills[backfillId];
      return backfill !== undefined && !backfill.isCompleted && applySteps(state, backfill, steps);
    },
  };
}

function unfinishedRuns(state: ModelState, { dagId, backfillId }: ModelBackfill): readonly ModelRun[] {
  return state.runsOf(dagId).filter((run) => run.backfillId === backfillId && !isFinishedRunState(run.state));
}

function workOf(state: ModelState, backfill: ModelBackfill, datesOfEach: number): readonly BackfillWork[] {
  const { backfillId, dagId, reprocess } = backfill;
  const unfinished = unfinishedRuns(state, backfill).length;
  const room = backfill.maxActiveRuns - unfinished;
  const dates = backfill.dates.flatMap((date, position) =>
    backfill.settled.has(position) ? [] : pendingDate(state, dagId, date, position),
  );
  const mayGoOn = dates.length > 0 && room > 0 && state.dags.get(dagId)?.isPaused !== true;
  if (!mayGoOn && (dates.length > 0 || unfinished > 0)) return [];
  return [{ backfillId, dagId, reprocess, room, dates: dates.slice(0, datesOfEach) }];
}

function pendingDate(state: ModelState, dagId: string, date: NextRun, position: number): PendingBackfillDate {
  const run = state.runsOf(dagId).find(({ request }) => request.logicalDate?.getTime() === date.logicalDate.getTime());
  return { ...date, position, existing: run === undefined ? null : { runKey: run.runKey, runId: run.request.runId, state: run.state } };
}

function applySteps(state: ModelState, backfill: ModelBackfill, steps: readonly BackfillStep[]): boolean {
  const events: ChangeEvent[] = [];
  let room = backfill.maxActiveRuns - unfinishedRuns(state, backfill).length;
  let settled = 0;
  for (const step of state.dags.get(backfill.dagId)?.isPaused === true ? [] : steps) {
    if (backfill.settled.has(step.position) || (step.kind !== "skip" && room <= 0)) continue;
    if (!carryOut(state, backfill, step, events)) continue;
    settled += 1;
    if (step.kind !== "skip") room -= 1;
    state.count(`backfill: ${step.kind}`);
  }
  const isDone = backfill.settled.size === backfill.dates.length && unfinishedRuns(state, backfill).length === 0;
  backfill.isCompleted = isDone;
  if (isDone) state.count("backfill: completed");
  if (settled > 0 || isDone) events.push({ kind: "backfill", dagId: backfill.dagId, backfillId: backfill.backfillId });
  state.emit(events);
  return settled > 0 || isDone;
}

/** False: the step does not hold any more. */
function carryOut(state: ModelState, backfill: ModelBackfill, step: BackfillStep, events: ChangeEvent[]): boolean {
  const { dagId, backfillId, settled } = backfill;
  const date = backfill.dates[step.position];
  if (date === undefined) return false;
  if (step.kind === "skip") {
    settled.set(step.position, { reason: step.reason });
    return true;
  }
  if (step.kind === "create") {
    const none = { conf: {}, note: null, triggeringUser: null };
    const runKey = state.createRun(
      { ...date, ...none, dagId, runId: step.runId, runType: "backfill", triggeredBy: "backfill" },
      backfillId,
    );
    if (runKey === undefined) return false;
    settled.set(step.position, { runKey });
    return true;
  }
  const run = state.runs.get(step.runKey);
  if (run === undefined || run.state !== step.from) return false;
  run.backfillId = backfillId;
  events.push(...clearModelTasks(state, run, undefined));
  settled.set(step.position, { runKey: run.runKey });
  return true;
}
