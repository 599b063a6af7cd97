import type { DagSpec, MappingSpec, TaskSpec } from "@polyflow/contracts";
import { readAssets } from "./asset.ts";
import { callbackSpecs } from "./callback.ts";
import { runCallbacks } from "./dag-callbacks.ts";
import type { DagDraft, TaskDraft, TaskMarks } from "./dag-draft.ts";
import type { DagOptions } from "./dag-options.ts";
import { readDeadlines } from "./deadlines.ts";
import { durationMs } from "./duration.ts";
import { groupSpec } from "./group-draft.ts";
import { readInstant } from "./instant.ts";
import { invalidDag, within } from "./invalid-dag.ts";
import { compareText, sortKeys } from "./json-conversion.ts";
import { checkBoolean, checkInteger, checkOneOf, checkText } from "./option-checks.ts";
import { readParams } from "./params.ts";
import { checkTimezone, readSchedule } from "./schedule.ts";
import { effectiveWeights, orderTasks } from "./task-graph.ts";

/** A spec is read with every decision about the DAG; beyond this it would slow all of them. */
const MAX_SPEC_BYTES = 1_048_576;
const DEFAULT_ACTIVE_LIMIT = 16;
const LONGEST_NAME = 250;
const LONGEST_TEXT = 2_000;
const LONGEST_DOCUMENT = 200_000;

/** The canonical spec of a described DAG. @throws PolyflowError `dag_invalid` */
export function buildSpec(options: DagOptions, draft: DagDraft, owner: string): DagSpec {
  const limited = lengthLimit(options);
  const tasks = buildTasks(draft, checkTimezone(options.timezone ?? "UTC")).map(limited);
  checkSetups(tasks);
  const owners = tasks.length === 0 ? [owner] : [...new Set(tasks.map((task) => task.owner))].sort(compareText);
  const spec: DagSpec = {
    format: 1,
    dagId: draft.dagId,
    ...readTexts(options),
    owners,
    ...readTiming(options),
    ...readLimits(options),
    ...(options.deadlines === undefined || options.deadlines.length === 0
      ? {}
      : { deadlines: readDeadlines(options.deadlines, checkTimezone(options.timezone ?? "UTC")) }),
    ...readCallbackSpecs(options),
    ...(draft.groups.length === 0 ? {} : { groups: draft.groups.map(groupSpec).map(limited) }),
    tasks,
  };
  const bytes = Buffer.byteLength(JSON.stringify(spec));
  if (bytes <= MAX_SPEC_BYTES) return spec;
  throw invalidDag(
    `it is described in ${Math.ceil(bytes / 1024)} KiB, at most ${MAX_SPEC_BYTES / 1024} KiB are allowed (${tasks.length} tasks). ` +
      "Split it into several DAGs, or pass large constants through files.",
  );
}

function readCallbackSpecs(options: DagOptions): Pick<DagSpec, "callbacks"> {
  const callbacks = runCallbacks(options);
  return callbacks === undefined ? {} : { callbacks: callbackSpecs(callbacks) };
}

function readTexts(options: DagOptions): Pick<DagSpec, "displayName" | "description" | "docMd"> & Pick<DagSpec, "tags"> {
  const { displayName, description, docMd, tags = [] } = options;
  return {
    ...(displayName === undefined ? {} : { displayName: checkText("displayName", displayName, LONGEST_NAME) }),
    ...(description === undefined ? {} : { description: checkText("description", description, LONGEST_TEXT) }),
    ...(docMd === undefined ? {} : { docMd: checkText("docMd", docMd, LONGEST_DOCUMENT) }),
    tags: [...new Set(tags.map((tag) => checkText("tags", tag, 100)))].sort(compareText),
  };
}

function readTiming(options: DagOptions): Pick<DagSpec, "schedule" | "startDate" | "endDate" | "catchup"> {
  const timezone = checkTimezone(options.timezone ?? "UTC");
  const startDate = options.startDate === undefined ? undefined : readInstant(options.startDate, timezone, "startDate");
  const endDate = options.endDate === undefined ? undefined : readInstant(options.endDate, timezone, "endDate");
  if (startDate !== undefined && endDate !== undefined && endDate < startDate) {
    throw invalidDag(`endDate ${endDate} lies before startDate ${startDate}.`);
  }
  return {
    schedule: readSchedule(options.schedule ?? null, timezone),
    ...(startDate === undefined ? {} : { startDate }),
    ...(endDate === undefined ? {} : { endDate }),
    catchup: checkBoolean("catchup", options.catchup ?? false),
  };
}

function readLimits(
  options: DagOptions,
): Pick<
  DagSpec,
  | "maxActiveRuns"
  | "maxActiveTasks"
  | "runTimeoutMs"
  | "maxConsecutiveFailedRuns"
  | "failFast"
  | "isPausedUponCreation"
  | "isolation"
  | "params"
> {
  const isContinuous = options.schedule === "@continuous";
  const maxActiveRuns = checkInteger("maxActiveRuns", options.maxActiveRuns ?? (isContinuous ? 1 : DEFAULT_ACTIVE_LIMIT), 1);
  if (isContinuous && maxActiveRuns !== 1) throw invalidDag(`maxActiveRuns: with "@continuous" it can only be 1, not ${maxActiveRuns}.`);
  const isScheduled = options.schedule !== undefined && options.schedule !== null;
  return {
    maxActiveRuns,
    maxActiveTasks: checkInteger("maxActiveTasks", options.maxActiveTasks ?? DEFAULT_ACTIVE_LIMIT, 1),
    ...(options.maxConsecutiveFailedRuns === undefined
      ? {}
      : { maxConsecutiveFailedRuns: checkInteger("maxConsecutiveFailedRuns", options.maxConsecutiveFailedRuns, 1) }),
    ...(options.runTimeout === undefined ? {} : { runTimeoutMs: durationMs(options.runTimeout, "runTimeout") }),
    failFast: checkBoolean("failFast", options.failFast ?? false),
    isPausedUponCreation: checkBoolean("isPausedUponCreation", options.isPausedUponCreation ?? isScheduled),
    isolation: checkOneOf("isolation", options.isolation ?? "process", ["process", "reuse"]),
    params: readParams(options.params ?? {}, isScheduled),
  };
}

function buildTasks(draft: DagDraft, timezone: string): readonly TaskSpec[] {
  const order = orderTasks(draft.tasks);
  if (order.kind === "cycle") {
    throw invalidDag(`its tasks wait for each other: ${order.path.join(" → ")}. Remove one of these dependencies.`);
  }
  const weights = effectiveWeights(
    order.tasks.map(({ taskId, upstream, settings }) => ({
      taskId,
      upstream,
      weight: settings.priorityWeight,
      weightRule: settings.weightRule,
    })),
  );
  return order.tasks.map((task) =>
    within(`task "${task.taskId}"`, () => ({
      ...buildTask(task, draft.marksOf(task.taskId), weights.get(task.taskId) ?? task.settings.priorityWeight),
      ...readDates(task, timezone),
    })),
  );
}

/** What is mapped and says nothing of its length gets the limit of the DAG. */
function lengthLimit({ maxMapLength }: DagOptions): <Spec extends { readonly mapping?: MappingSpec }>(spec: Spec) => Spec {
  if (maxMapLength === undefined) return (spec) => spec;
  const maxLength = checkInteger("maxMapLength", maxMapLength, 1);
  return (spec) => (spec.mapping === undefined ? spec : { ...spec, mapping: { maxLength, ...spec.mapping } });
}

function readDates({ options: { startDate, endDate } }: TaskDraft, timezone: string): Pick<TaskSpec, "startDate" | "endDate"> {
  const dates = {
    ...(startDate === undefined ? {} : { startDate: readInstant(startDate, timezone, "startDate") }),
    ...(endDate === undefined ? {} : { endDate: readInstant(endDate, timezone, "endDate") }),
  };
  if (dates.startDate !== undefined && dates.endDate !== undefined && dates.endDate < dates.startDate)
    throw invalidDag(`endDate ${dates.endDate} lies before startDate ${dates.startDate}.`);
  return dates;
}

function buildTask(task: TaskDraft, marks: TaskMarks, priorityWeight: number): TaskSpec {
  const { settings } = task;
  const { displayName, docMd, outlets = [], inlets = [] } = task.options;
  return {
    taskId: task.taskId,
    ...(displayName === undefined ? {} : { displayName: checkText("displayName", displayName, LONGEST_NAME) }),
    operator: task.operator,
    upstream: [...task.upstream].sort(compareText),
    inputs: task.inputs,
    details: sortKeys(task.details) as TaskSpec["details"],
    triggerRule: marks.role === "teardown" ? "all_done_setup_success" : settings.triggerRule,
    retries: settings.retries,
    retryDelayMs: settings.retryDelayMs,
    retryBackoff: settings.retryBackoff,
    ...(settings.maxRetryDelayMs === undefined ? {} : { maxRetryDelayMs: settings.maxRetryDelayMs }),
    ...(settings.executionTimeoutMs === undefined ? {} : { executionTimeoutMs: settings.executionTimeoutMs }),
    pool: settings.pool,
    poolSlots: settings.poolSlots,
    priorityWeight,
    queue: settings.queue,
    dependsOnPast: settings.dependsOnPast,
    owner: settings.owner,
    ...(docMd === undefined ? {} : { docMd: checkText("docMd", docMd, LONGEST_DOCUMENT) }),
    ...(task.sensor === undefined ? {} : { sensor: task.sensor }),
    ...buildStructure(task, marks),
    ...(settings.callbacks === undefined ? {} : { callbacks: callbackSpecs(settings.callbacks) }),
    ...(outlets.length === 0 ? {} : { outlets: readAssets("outlets", outlets) }),
    ...(inlets.length === 0 ? {} : { inlets: readAssets("inlets", inlets) }),
  };
}

/** What few tasks have stands in the spec only where there is something to say. */
function buildStructure({ settings, ...task }: TaskDraft, { role, onFailureFailDagRun = false }: TaskMarks): Partial<TaskSpec> {
  const { waitForDownstream, ignoreFirstDependsOnPast, maxActivePerDag, maxActivePerRun } = settings;
  const labels = [...task.upstreamLabels].sort(([left], [right]) => compareText(left, right));
  return {
    ...(task.group === undefined ? {} : { groupId: task.group.groupId }),
    ...(labels.length === 0 ? {} : { upstreamLabels: Object.fromEntries(labels) }),
    ...(role === undefined ? {} : { role }),
    ...(onFailureFailDagRun ? { onFailureFailDagRun } : {}),
    ...(task.skipsDownstream === undefined ? {} : { skipsDownstream: task.skipsDownstream }),
    ...(waitForDownstream === undefined ? {} : { waitForDownstream }),
    ...(ignoreFirstDependsOnPast === undefined ? {} : { ignoreFirstDependsOnPast }),
    ...(maxActivePerDag === undefined ? {} : { maxActivePerDag }),
    ...(maxActivePerRun === undefined ? {} : { maxActivePerRun }),
    ...(task.mapping === undefined ? {} : { mapping: task.mapping }),
  };
}

/** Work directly after a setup needs it, so that it cannot choose to run without it. */
function checkSetups(tasks: readonly TaskSpec[]): void {
  const setups = new Set(tasks.filter(({ role }) => role === "setup").map(({ taskId }) => taskId));
  for (const { taskId, role, triggerRule, upstream } of tasks) {
    const setup = upstream.find((before) => setups.has(before));
    if (setup === undefined || role === "teardown" || triggerRule === "all_success") continue;
    throw invalidDag(
      `task "${taskId}" comes directly after the setup "${setup}", so that its triggerRule can only be "all_success", not "${triggerRule}".`,
    );
  }
}
