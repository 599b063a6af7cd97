import {
  type AssetReference,
  type JsonValue,
  type TaskSpec,
  type TaskCallbackKind,
  TRIGGER_RULES,
  type TriggerRule,
  WEIGHT_RULES,
  type WeightRule,
} from "@polyflow/contracts";
import { type Callback, type Callbacks, gatherCallbacks } from "./callback.ts";
import { type Duration, durationMs } from "./duration.ts";
import { invalidDag } from "./invalid-dag.ts";
import { checkBoolean, checkInteger, checkKnown, checkOneOf, checkText } from "./option-checks.ts";

/** How a task is scheduled and retried. Given for one task, or for all tasks of a DAG as its `defaults`. */
export interface TaskSettings {
  /** How often the task is tried again after it failed. Default 0. */
  readonly retries?: number;
  /** How long to wait before a further try. Default `"5m"`. */
  readonly retryDelay?: Duration;
  /** Factor by which the delay grows from try to try, at least 1; 0 (default) keeps it fixed. */
  readonly retryBackoff?: number;
  /** The longest delay that `retryBackoff` can lead to. */
  readonly maxRetryDelay?: Duration;
  /** A try that runs longer is killed and counts as failed. Default: no limit. */
  readonly executionTimeout?: Duration;
  /** What has to be true of the tasks before it. Default `"all_success"`. */
  readonly triggerRule?: TriggerRule;
  /** Pool whose slots the task takes while it is queued or running. Default `"default_pool"`. */
  readonly pool?: string;
  /** How many slots of the pool it takes. Default 1. */
  readonly poolSlots?: number;
  /** Where slots are scarce, tasks of higher weight go first. Default 1. */
  readonly priorityWeight?: number;
  /**
   * `"downstream"` (default): own weight plus that of all tasks that wait for it; `"upstream"`: plus all that it waits for;
   * `"absolute"`: own weight alone.
   */
  readonly weightRule?: WeightRule;
  /** Queue that a worker has to serve to run it. Default `"default"`. */
  readonly queue?: string;
  /** Wait until the same task of the previous run succeeded or was skipped. A run without a logical date has no previous run. Default false. */
  readonly dependsOnPast?: boolean;
  /** With `dependsOnPast`: wait until the tasks directly after it are done in the previous run as well. Sets `dependsOnPast`. Default false. */
  readonly waitForDownstream?: boolean;
  /** With `dependsOnPast`: a task that no run before has runs all the same. Default true. */
  readonly ignoreFirstDependsOnPast?: boolean;
  /** How many instances may be queued or running at once over all runs of the DAG. Default: no limit of its own. */
  readonly maxActivePerDag?: number;
  /** How many instances may be queued or running at once in one run. Default: no limit of its own. */
  readonly maxActivePerRun?: number;
  /** How many instances a mapped task may have at most. Default: that of the DAG, else `[core] max_map_length`. */
  readonly maxMapLength?: number;
  /** Who answers for it. Default: owner of the DAG. */
  readonly owner?: string;
  /**
   * Called when a try begins, as are the following for what their names say: as work of their own, after the fact and in a process of their
   * own. How they end changes nothing for the task.
   */
  readonly onExecute?: Callbacks;
  readonly onSuccess?: Callbacks;
  /** Called when it has failed for good; not when it never ran because a task before it failed. */
  readonly onFailure?: Callbacks;
  /** Called when it has failed and will be tried again. */
  readonly onRetry?: Callbacks;
  /** Called when it skipped itself; not when it never ran. */
  readonly onSkipped?: Callbacks;
}

/** Options of one task. */
export interface TaskOptions extends TaskSettings {
  /** Unique within the DAG: letters, digits, `_`, `-`, `.`; at most 250 characters. */
  readonly id: string;
  /** Name that people see instead of the id. */
  readonly displayName?: string;
  /** The task is skipped in runs whose logical date lies before it; in the zone of the DAG, as the DAG's `startDate`. */
  readonly startDate?: string | Date;
  /** The task is skipped in runs whose logical date lies after it. */
  readonly endDate?: string | Date;
  /** Documentation in Markdown, shown beside the task. */
  readonly docMd?: string;
  /**
   * Name of each instance of a mapped task, for people: a Jinja template that sees the instance's inputs as `inputs`, or a function of these.
   * @example "{{ inputs.path }}"
   */
  readonly mapIndexTemplate?: string | ((inputs: { readonly [name: string]: JsonValue }) => string);
  /** Assets that its success updates, so that DAGs scheduled by them run. */
  readonly outlets?: readonly AssetReference[];
  /** Assets that it uses. */
  readonly inlets?: readonly AssetReference[];
}

/** Settings with units resolved, as the spec has them, and the rule that is applied to the graph afterwards. */
export type ResolvedSettings = Pick<
  TaskSpec,
  | "triggerRule"
  | "retries"
  | "retryDelayMs"
  | "retryBackoff"
  | "maxRetryDelayMs"
  | "executionTimeoutMs"
  | "pool"
  | "poolSlots"
  | "priorityWeight"
  | "queue"
  | "dependsOnPast"
  | "waitForDownstream"
  | "ignoreFirstDependsOnPast"
  | "maxActivePerDag"
  | "maxActivePerRun"
  | "owner"
> & {
  readonly weightRule: WeightRule;
  readonly maxMapLength?: number;
  readonly callbacks?: { readonly [Kind in TaskCallbackKind]?: readonly Callback[] };
};

const SETTINGS = [
  "retries",
  "retryDelay",
  "retryBackoff",
  "maxRetryDelay",
  "executionTimeout",
  "triggerRule",
  "pool",
  "poolSlots",
  "priorityWeight",
  "weightRule",
  "queue",
  "dependsOnPast",
  "waitForDownstream",
  "ignoreFirstDependsOnPast",
  "maxActivePerDag",
  "maxActivePerRun",
  "maxMapLength",
  "owner",
  "onExecute",
  "onSuccess",
  "onFailure",
  "onRetry",
  "onSkipped",
] as const satisfies readonly (keyof TaskSettings)[];

/** Names of the options that `task()` and operators take. */
export const TASK_OPTIONS: readonly string[] = [
  "id",
  "displayName",
  "startDate",
  "endDate",
  "docMd",
  "mapIndexTemplate",
  "outlets",
  "inlets",
  ...SETTINGS,
];

const DEFAULTS = {
  retries: 0,
  retryDelay: "5m",
  retryBackoff: 0,
  triggerRule: "all_success",
  pool: "default_pool",
  poolSlots: 1,
  priorityWeight: 1,
  weightRule: "downstream",
  queue: "default",
  dependsOnPast: false,
} as const satisfies TaskSettings;

const LONGEST_NAME = 250;
const MOST_NEGATIVE_WEIGHT = -2_147_483_648;

/** Checks the settings of a DAG's `defaults`. @throws PolyflowError `dag_invalid` */
export function checkDefaults(defaults: TaskSettings): void {
  checkKnown(defaults, SETTINGS);
}

/** Overlays the settings of a task over those of its DAG and over ours. @throws PolyflowError `dag_invalid` */
export function resolveSettings(options: TaskSettings, defaults: TaskSettings, owner: string): ResolvedSettings {
  const chosen = { ...DEFAULTS, owner, ...given(defaults), ...given(options) };
  const resolved = {
    triggerRule: checkOneOf("triggerRule", chosen.triggerRule, TRIGGER_RULES),
    retries: checkInteger("retries", chosen.retries, 0, 1_000_000),
    retryDelayMs: durationMs(chosen.retryDelay, "retryDelay"),
    retryBackoff: checkBackoff(chosen.retryBackoff),
    pool: checkText("pool", chosen.pool, LONGEST_NAME),
    poolSlots: checkInteger("poolSlots", chosen.poolSlots, 1),
    priorityWeight: checkInteger("priorityWeight", chosen.priorityWeight, MOST_NEGATIVE_WEIGHT),
    weightRule: checkOneOf("weightRule", chosen.weightRule, WEIGHT_RULES),
    queue: checkText("queue", chosen.queue, LONGEST_NAME),
    dependsOnPast: checkBoolean("dependsOnPast", chosen.dependsOnPast) || chosen.waitForDownstream === true,
    owner: checkText("owner", chosen.owner, LONGEST_NAME),
  };
  return { ...resolved, ...resolveLimits(chosen), ...resolveExtras(chosen), ...resolveCallbacks(chosen) };
}

function resolveCallbacks({ onExecute, onSuccess, onFailure, onRetry, onSkipped }: TaskSettings): Pick<ResolvedSettings, "callbacks"> {
  const callbacks = gatherCallbacks<TaskCallbackKind>({
    execute: { option: "onExecute", given: onExecute },
    success: { option: "onSuccess", given: onSuccess },
    failure: { option: "onFailure", given: onFailure },
    retry: { option: "onRetry", given: onRetry },
    skipped: { option: "onSkipped", given: onSkipped },
  });
  return callbacks === undefined ? {} : { callbacks };
}

/** The overlay of options over each other, where a left-out option does not hide one below it. */
export function given<Options extends object>(options: Options): Options {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Options;
}

/** What few tasks have stands in the spec only where it was given. */
function resolveExtras(
  chosen: TaskSettings,
): Pick<ResolvedSettings, "waitForDownstream" | "ignoreFirstDependsOnPast" | "maxActivePerDag" | "maxActivePerRun" | "maxMapLength"> {
  const { waitForDownstream = false, ignoreFirstDependsOnPast = true, maxActivePerDag, maxActivePerRun, maxMapLength } = chosen;
  return {
    ...(checkBoolean("waitForDownstream", waitForDownstream) ? { waitForDownstream } : {}),
    ...(checkBoolean("ignoreFirstDependsOnPast", ignoreFirstDependsOnPast) ? {} : { ignoreFirstDependsOnPast }),
    ...(maxActivePerDag === undefined ? {} : { maxActivePerDag: checkInteger("maxActivePerDag", maxActivePerDag, 1) }),
    ...(maxActivePerRun === undefined ? {} : { maxActivePerRun: checkInteger("maxActivePerRun", maxActivePerRun, 1) }),
    ...(maxMapLength === undefined ? {} : { maxMapLength: checkInteger("maxMapLength", maxMapLength, 1) }),
  };
}

function resolveLimits(chosen: TaskSettings): Pick<ResolvedSettings, "maxRetryDelayMs" | "executionTimeoutMs"> {
  const { maxRetryDelay, executionTimeout } = chosen;
  const executionTimeoutMs = executionTimeout === undefined ? undefined : durationMs(executionTimeout, "executionTimeout");
  if (executionTimeoutMs === 0) throw invalidDag("executionTimeout: 0 would end every try at once. Leave it out for no limit.");
  return {
    ...(maxRetryDelay === undefined ? {} : { maxRetryDelayMs: durationMs(maxRetryDelay, "maxRetryDelay") }),
    ...(executionTimeoutMs === undefined ? {} : { executionTimeoutMs }),
  };
}

function checkBackoff(value: number): number {
  if (value === 0 || (typeof value === "number" && value >= 1 && value <= 1_000)) return value;
  throw invalidDag(`retryBackoff: ${String(value)} is neither 0 (fixed delay) nor a factor from 1 to 1000, such as 2.`);
}
