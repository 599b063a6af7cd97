import type { UiDag, UiRunSummary } from "@polyflow/contracts/wire";
import { describeSchedule, timetableFacts, upcomingRuns } from "@polyflow/lifecycle";
import type { DagRecord, RunSummary } from "@polyflow/store";
import type { Rights } from "../access/rights.ts";
import { wireJson } from "../http/wire-json.ts";

/** How many coming runs the interface shows. */
const UPCOMING_RUNS = 5;

/** What stands beside the DAG itself in its view. */
export interface DagViewFacts {
  readonly rights: Rights;
  readonly now: Date;
  readonly recentRuns: readonly RunSummary[];
  readonly taskStates: { readonly [state: string]: number };
}

export function uiDagView(dag: DagRecord, facts: DagViewFacts): UiDag {
  const { spec } = dag;
  return {
    dag_id: dag.dagId,
    dag_display_name: dag.displayName,
    description: dag.description,
    doc_md: spec.docMd ?? null,
    is_paused: dag.isPaused,
    is_active: dag.isActive,
    has_import_errors: dag.hasImportErrors,
    owners: [...dag.owners],
    tags: [...dag.tags],
    schedule: describeSchedule(spec.schedule),
    timezone: spec.schedule.kind === "cron" ? spec.schedule.timezone : null,
    file: dag.relativePath,
    version_number: dag.versionNumber,
    next_run_after: dag.nextRun?.runAfter.toISOString() ?? null,
    next_runs: dag.isActive ? comingRuns(dag, facts.now).map((instant) => instant.toISOString()) : [],
    params: wireJson(spec.params),
    task_count: spec.tasks.length,
    recent_runs: facts.recentRuns.map(uiRunSummaryView),
    recent_task_states: { ...facts.taskStates },
    can_edit: facts.rights.onDag("edit", "DAGs", dag.dagId),
    can_trigger: facts.rights.onDag("create", "DAG Runs", dag.dagId),
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

/** Times at which runs will be created, the planned one first. */
export function comingRuns(dag: DagRecord, now: Date, count: number = UPCOMING_RUNS): readonly Date[] {
  const planned = dag.nextRun;
  const rest = planned === null ? count : count - 1;
  const facts = timetableFacts(dag.spec, { lastAutomatedRun: planned });
  const following = upcomingRuns(dag.spec.schedule, facts, now, rest).map((run) => run.runAfter);
  return planned === null ? following : [planned.runAfter, ...following];
}
