import type { DagSpec, TaskSpec } from "@polyflow/contracts";
import { describeCondition, describeSchedule } from "@polyflow/lifecycle";
import type { DagRecord } from "@polyflow/store";
import type { z } from "zod";
import type { VersionFacts } from "../../records/run-versions.ts";
import type { DagAnswer, DagDetailsAnswer, dagVersion, TaskAnswer } from "../schemas/dag-schemas.ts";

export function dagView(dag: DagRecord): DagAnswer {
  const { nextRun, spec } = dag;
  return {
    dag_id: dag.dagId,
    dag_display_name: dag.displayName,
    is_paused: dag.isPaused,
    is_stale: !dag.isActive,
    last_parsed_time: dag.lastParsedAt.toISOString(),
    last_parse_duration: null,
    last_expired: null,
    bundle_name: dag.bundleName,
    bundle_version: null,
    relative_fileloc: dag.relativePath,
    fileloc: dag.relativePath,
    file_token: Buffer.from(`${dag.bundleName}\n${dag.relativePath}`).toString("base64url"),
    description: dag.description,
    timetable_summary: describeSchedule(spec.schedule),
    timetable_description: scheduleInWords(spec),
    timetable_partitioned: false,
    tags: dag.tags.map((name) => ({ name, dag_id: dag.dagId, dag_display_name: dag.displayName })),
    max_active_tasks: spec.maxActiveTasks,
    max_active_runs: spec.maxActiveRuns,
    max_consecutive_failed_dag_runs: 0,
    has_task_concurrency_limits: false,
    has_import_errors: dag.hasImportErrors,
    next_dagrun_logical_date: nextRun?.logicalDate.toISOString() ?? null,
    next_dagrun_data_interval_start: nextRun?.dataIntervalStart.toISOString() ?? null,
    next_dagrun_data_interval_end: nextRun?.dataIntervalEnd.toISOString() ?? null,
    next_dagrun_run_after: nextRun?.runAfter.toISOString() ?? null,
    allowed_run_types: null,
    owners: [...dag.owners],
  };
}

export function dagDetailsView(
  dag: DagRecord,
  facts: { readonly activeRuns: number; readonly version: VersionFacts | undefined },
): DagDetailsAnswer {
  const { spec } = dag;
  return {
    ...dagView(dag),
    catchup: spec.catchup,
    dag_run_timeout: spec.runTimeoutMs === undefined ? null : `PT${spec.runTimeoutMs / 1000}S`,
    start_date: spec.startDate ?? null,
    end_date: spec.endDate ?? null,
    is_paused_upon_creation: spec.isPausedUponCreation,
    doc_md: spec.docMd ?? null,
    params: { ...spec.params },
    timezone: spec.schedule.kind === "cron" ? spec.schedule.timezone : null,
    last_parsed: dag.lastParsedAt.toISOString(),
    default_args: null,
    asset_expression: null,
    owner_links: null,
    render_template_as_native_obj: false,
    template_search_path: null,
    concurrency: spec.maxActiveTasks,
    active_runs_count: facts.activeRuns,
    is_favorite: false,
    latest_dag_version: facts.version === undefined ? null : versionView(facts.version),
  };
}

export function versionView(version: VersionFacts): z.infer<typeof dagVersion> {
  return {
    id: version.versionId,
    version_number: version.versionNumber,
    dag_id: version.dagId,
    dag_display_name: version.displayName,
    bundle_name: version.bundleName,
    bundle_version: null,
    bundle_url: null,
    created_at: version.createdAt.toISOString(),
  };
}

export function taskView(task: TaskSpec, spec: DagSpec): TaskAnswer {
  return {
    task_id: task.taskId,
    task_display_name: task.displayName ?? task.taskId,
    owner: task.owner,
    start_date: spec.startDate ?? null,
    end_date: spec.endDate ?? null,
    trigger_rule: task.triggerRule,
    depends_on_past: task.dependsOnPast,
    wait_for_downstream: false,
    retries: task.retries,
    queue: task.queue,
    pool: task.pool,
    pool_slots: task.poolSlots,
    execution_timeout: task.executionTimeoutMs === undefined ? null : timeDelta(task.executionTimeoutMs),
    retry_delay: timeDelta(task.retryDelayMs),
    retry_exponential_backoff: task.retryBackoff,
    priority_weight: task.priorityWeight,
    // Weights arrive with the weight rule worked in.
    weight_rule: "absolute",
    ui_color: null,
    ui_fgcolor: null,
    template_fields: null,
    downstream_task_ids: spec.tasks.filter((other) => other.upstream.includes(task.taskId)).map((other) => other.taskId),
    doc_md: task.docMd ?? null,
    operator_name: task.operator,
    params: null,
    class_ref: null,
    is_mapped: false,
    extra_links: [],
  };
}

function timeDelta(durationMs: number): NonNullable<TaskAnswer["retry_delay"]> {
  const seconds = Math.floor(durationMs / 1000);
  return {
    __type: "TimeDelta",
    days: Math.floor(seconds / 86_400),
    seconds: seconds % 86_400,
    microseconds: Math.round((durationMs % 1000) * 1000),
  };
}

function scheduleInWords({ schedule }: Pick<DagSpec, "schedule">): string | null {
  switch (schedule.kind) {
    case "none":
      return "Never, external triggers only";
    case "once":
      return "Once, as soon as possible";
    case "continuous":
      return "As frequently as possible, one run at a time";
    case "cron":
      return `${describeSchedule(schedule) ?? ""} (${schedule.timezone})`;
    case "interval":
    case "events":
    case "custom":
      return describeSchedule(schedule);
    case "asset":
      return `When updated: ${describeSchedule(schedule) ?? ""}`;
    case "asset_or_time":
      return `When updated: ${describeCondition(schedule.condition)}; or ${scheduleInWords({ schedule: schedule.time }) ?? ""}`;
  }
}
