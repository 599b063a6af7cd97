import type { JsonObject } from "@polyflow/contracts";
import type { TaskContext } from "../task-context.ts";
import type { DetailScope } from "./detail-scope.ts";
import { DATE_FILTERS } from "./date-methods.ts";
import type { Scope, ScopeValue } from "./jinja.ts";
import { macros } from "./macros.ts";
import { writeZonedTime } from "./zoned-time.ts";

const DAY_MS = 86_400_000;

/**
 * What Airflow's templates know of an attempt. Of a run without a logical date, everything that comes from it is absent and an error to name.
 * Variables, connections and outputs are added by `renderTemplate`, which fetches those that a template names.
 */
export function attemptScope(context: TaskContext, now: () => number, details: DetailScope): Scope {
  const { dagId, runId, taskId, tryNumber, runType, params, logicalDate } = context;
  const run = {
    dag_id: dagId,
    run_id: runId,
    run_type: runType,
    conf: context.conf,
    run_after: write(context.runAfter),
    ...intervalOf(context),
    ...(logicalDate === undefined ? {} : { logical_date: write(logicalDate) }),
  };
  return {
    ...(logicalDate === undefined ? {} : datesOf(logicalDate)),
    ...intervalOf(context),
    run_after: write(context.runAfter),
    params,
    run_id: runId,
    try_number: tryNumber,
    dag: { ...details.dag, dag_id: dagId },
    dag_run: { ...details.run, ...run },
    task: { ...details.task, task_id: taskId },
    task_reschedule_count: context.wait?.waits ?? 0,
    task_instance_key_str: keyOf(context),
    project_dir: context.projectDir,
    triggering_asset_events: context.triggeringAssetEvents as unknown as ScopeValue,
    test_mode: false,
    macros: macros(now),
    ...details.names,
  };
}

/** `ti`, to which `renderTemplate` adds `xcom_pull`. */
export function instanceScope({ dagId, runId, taskId, mapIndex, tryNumber }: TaskContext, details: DetailScope): Scope {
  return {
    ...details.ti,
    dag_id: dagId,
    run_id: runId,
    task_id: taskId,
    map_index: mapIndex,
    try_number: tryNumber,
  };
}

function datesOf(logicalDate: Date): { readonly [name: string]: ScopeValue } {
  const ds = (shiftMs: number): string => new Date(logicalDate.getTime() + shiftMs).toISOString().slice(0, 10);
  const withoutDashes = (text: string): string => text.replaceAll("-", "");
  const date = write(logicalDate);
  const filters = Object.fromEntries(Object.entries(DATE_FILTERS).map(([name, filter]) => [name, filter(date)]));
  return {
    ...filters,
    logical_date: date,
    execution_date: date,
    yesterday_ds: ds(-DAY_MS),
    yesterday_ds_nodash: withoutDashes(ds(-DAY_MS)),
    tomorrow_ds: ds(DAY_MS),
    tomorrow_ds_nodash: withoutDashes(ds(DAY_MS)),
  };
}

function intervalOf({ dataIntervalStart, dataIntervalEnd }: TaskContext): JsonObject {
  return {
    ...(dataIntervalStart === undefined ? {} : { data_interval_start: write(dataIntervalStart) }),
    ...(dataIntervalEnd === undefined ? {} : { data_interval_end: write(dataIntervalEnd) }),
  };
}

function keyOf({ dagId, taskId, logicalDate, runId }: TaskContext): string {
  return `${dagId}__${taskId}__${logicalDate?.toISOString().slice(0, 10).replaceAll("-", "") ?? runId}`;
}

function write(date: Date): string {
  return writeZonedTime({ epochMs: date.getTime(), offsetMinutes: 0 });
}
