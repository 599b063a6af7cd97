import type { AssetCondition, ScheduleSpec } from "@polyflow/contracts";
import type { UiAssetCondition, UiDag, UiRunSummary } from "@polyflow/contracts/wire";
import { describeSchedule } from "@polyflow/lifecycle";
import type { DagRecord, ListedDag, RunSummary } from "@polyflow/store";
import type { Rights } from "../access/rights.ts";
import { wireJson } from "../http/wire-json.ts";
import { comingRuns } from "../records/coming-runs.ts";

/** How many coming runs the interface shows. */
const UPCOMING_RUNS = 5;

/** What stands beside the DAG itself in its view. */
export interface DagViewFacts {
  readonly rights: Rights;
  readonly recentRuns: readonly RunSummary[];
  readonly taskStates: { readonly [state: string]: number };
}

/** A DAG of the list. */
export function listedDagView(dag: ListedDag, facts: DagViewFacts): UiDag {
  return {
    dag_id: dag.dagId,
    dag_display_name: dag.displayName,
    description: dag.description,
    doc_md: null,
    is_paused: dag.isPaused,
    is_active: true,
    has_import_errors: dag.hasImportErrors,
    owners: [...dag.owners],
    tags: [...dag.tags],
    schedule: describeSchedule(dag.schedule),
    asset_schedule: assetScheduleView(dag.schedule),
    timezone: dag.schedule.kind === "cron" ? dag.schedule.timezone : null,
    file: dag.relativePath,
    project: dag.bundleName,
    version_number: dag.versionNumber,
    next_run_after: dag.nextRunAfter?.toISOString() ?? null,
    next_runs: [],
    params: wireJson(dag.params),
    task_count: dag.taskCount,
    is_favourite: dag.isFavourite,
    recent_runs: facts.recentRuns.map(uiRunSummaryView),
    recent_task_states: { ...facts.taskStates },
    can_edit: facts.rights.onDag("edit", "DAGs", dag.dagId),
    can_trigger: facts.rights.onDag("create", "DAG Runs", dag.dagId),
  };
}

function assetScheduleView(schedule: ScheduleSpec): UiDag["asset_schedule"] {
  if (schedule.kind !== "asset" && schedule.kind !== "asset_or_time") return null;
  return {
    condition: assetConditionView(schedule.condition),
    time: schedule.kind === "asset_or_time" ? describeSchedule(schedule.time) : null,
  };
}

function assetConditionView(condition: AssetCondition): UiAssetCondition {
  if (condition.kind === "asset" || condition.kind === "alias") return { kind: condition.kind, name: condition.name };
  return { kind: condition.kind, of: condition.of.map(assetConditionView) };
}

/** A single DAG, with what only its own page shows. */
export function uiDagView(dag: DagRecord, facts: DagViewFacts & { readonly now: Date; readonly isFavourite: boolean }): UiDag {
  const { spec } = dag;
  const listed: ListedDag = {
    ...dag,
    schedule: spec.schedule,
    params: spec.params,
    taskCount: spec.tasks.length,
    nextRunAfter: dag.nextRun?.runAfter ?? null,
    isFavourite: facts.isFavourite,
  };
  return {
    ...listedDagView(listed, facts),
    doc_md: spec.docMd ?? null,
    is_active: dag.isActive,
    next_runs: comingRuns(dag, facts.now, UPCOMING_RUNS).map((run) => run.runAfter.toISOString()),
  };
}

export function uiRunSummaryView(run: RunSummary): UiRunSummary {
  return {
    run_id: run.runId,
    state: run.state,
    run_type: run.runType,
    run_after: run.runAfter.toISOString(),
    start_date: run.startDate?.toISOString() ?? null,
    end_date: run.endDate?.toISOString() ?? null,
  };
}
