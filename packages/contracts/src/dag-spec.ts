import type { AssetCondition, AssetReference } from "./asset.ts";
import type { CallbackSpec, RunCallbackKind, TaskCallbackKind } from "./callback.ts";
import type { DeadlineSpec } from "./deadline.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import type { TriggerRule } from "./trigger-rule.ts";

/** When runs of a DAG become due. Times of day are in `timezone` (IANA). */
export type ScheduleSpec =
  | TimeScheduleSpec
  /** As soon as the assets were updated. */
  | { readonly kind: "asset"; readonly condition: AssetCondition }
  /** The same, and at the times of a schedule beside. */
  | { readonly kind: "asset_or_time"; readonly condition: AssetCondition; readonly time: TimeScheduleSpec };

export type TimeScheduleSpec =
  | { readonly kind: "none" }
  | { readonly kind: "once" }
  | { readonly kind: "continuous" }
  /** `dataIntervals`: each run is for the time between two slots, and runs when that is over; otherwise a run is for its slot. */
  | { readonly kind: "cron"; readonly expressions: readonly string[]; readonly timezone: string; readonly dataIntervals?: true }
  | { readonly kind: "interval"; readonly everyMs: number; readonly dataIntervals?: true }
  /** ISO 8601 instants, ascending. `restrict`: runs by hand are for one of them, too. */
  | { readonly kind: "events"; readonly events: readonly string[]; readonly description?: string; readonly restrict?: true }
  /** Runs that the author's code lists; how far ahead, is stored beside the spec. */
  | { readonly kind: "custom"; readonly name: string; readonly description?: string };

/**
 * A task's input: the output of another task (optionally one property of it), a constant, or in a mapped group the element that this
 * instance of the group is for. The output of a mapped task is the list of its instances' outputs; within the same mapped group, that of the
 * instance with the same index.
 */
export type InputSpec =
  | { readonly kind: "output"; readonly taskId: string; readonly path?: readonly string[] }
  | { readonly kind: "constant"; readonly value: JsonValue }
  | { readonly kind: "element"; readonly name: string; readonly path?: readonly string[] };

/** Where the elements come from over which a task or a group is mapped: a list, or an object whose elements are its [key, value] pairs. */
export type MapSource =
  | { readonly kind: "constant"; readonly value: readonly JsonValue[] | JsonObject }
  | { readonly kind: "output"; readonly taskId: string; readonly path?: readonly string[] }
  /** Elements are lists with one element of each source: as many as the shortest has, with `fill` as many as the longest. */
  | { readonly kind: "zip"; readonly sources: readonly MapSource[]; readonly fill?: JsonValue }
  | { readonly kind: "concat"; readonly sources: readonly MapSource[] }
  /** A function of the author's, by its place among those of the task; applied in the task process. */
  | { readonly kind: "map"; readonly source: MapSource; readonly function: number };

/**
 * How a task or a group is mapped. `expand`: an instance for each combination of the inputs' elements, those of the last name change fastest.
 * `expand_kwargs`: an instance for each element, whose properties are inputs.
 */
export type MappingSpec = { readonly maxLength?: number } & (
  | { readonly kind: "expand"; readonly inputs: readonly { readonly name: string; readonly source: MapSource }[] }
  | { readonly kind: "expand_kwargs"; readonly source: MapSource }
);

/** A group of tasks, for people; a mapped one makes instances of all its tasks. */
export interface GroupSpec {
  readonly groupId: string;
  readonly parentId?: string;
  readonly label?: string;
  readonly tooltip?: string;
  readonly mapping?: MappingSpec;
}

/**
 * `process`: each attempt in a task process of its own, started beforehand.
 * `reuse`: one task process serves many attempts of the DAG's bundle, one after another.
 */
export type Isolation = "process" | "reuse";

/** How a sensor waits. `poke`: in one attempt; `reschedule`: a new attempt for each look; `defer`: the triggerer looks. */
export const SENSOR_MODES = ["poke", "reschedule", "defer"] as const;
export type SensorMode = (typeof SENSOR_MODES)[number];

/** For people: how a task that is a sensor waits. Durations in milliseconds. */
export interface SensorSpec {
  readonly mode: SensorMode;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Skip the task instead of failing it when the time is up. */
  readonly softFail: boolean;
  /** The interval doubles from look to look, up to `maxWaitMs`. */
  readonly exponentialBackoff: boolean;
  readonly maxWaitMs?: number;
}

/** One task as the scheduler and the interface see it; the code stays in the bundle. Durations are in milliseconds. */
export interface TaskSpec {
  readonly taskId: string;
  readonly displayName?: string;
  /** Name of the operator, for people: `function`, `bash`, `sql`, `load`, … */
  readonly operator: string;
  /** Task ids, sorted: data dependencies and explicit order together. */
  readonly upstream: readonly string[];
  readonly inputs: { readonly [name: string]: InputSpec };
  /** What the operator will do, for people (command, statement, flow …); never secrets. */
  readonly details: JsonObject;
  readonly triggerRule: TriggerRule;
  readonly retries: number;
  readonly retryDelayMs: number;
  /** 0: fixed delay; otherwise the multiplier of exponential backoff. */
  readonly retryBackoff: number;
  readonly maxRetryDelayMs?: number;
  readonly executionTimeoutMs?: number;
  readonly pool: string;
  readonly poolSlots: number;
  /** Effective weight after the weight rule has been applied to the graph. */
  readonly priorityWeight: number;
  readonly queue: string;
  readonly dependsOnPast: boolean;
  /** ISO 8601. The task is skipped in runs whose logical date lies before the one or after the other. */
  readonly startDate?: string;
  readonly endDate?: string;
  readonly owner: string;
  readonly docMd?: string;
  readonly groupId?: string;
  /** Texts at the edges that lead here, by upstream task. */
  readonly upstreamLabels?: { readonly [taskId: string]: string };
  /** A setup makes what other tasks use, a teardown takes it away: it runs whatever became of these, and does not decide how a run ends. */
  readonly role?: "setup" | "teardown";
  /** A teardown that does decide how a run ends. */
  readonly onFailureFailDagRun?: boolean;
  /** Its success can say that tasks after it are skipped: some of those directly after it, or all that follow. */
  readonly skipsDownstream?: "direct" | "all";
  /** With `dependsOnPast`: the tasks directly after it must have been done in the previous run as well. */
  readonly waitForDownstream?: boolean;
  /** False: a task that no run before has waits until somebody makes it good there. Default true. */
  readonly ignoreFirstDependsOnPast?: boolean;
  /** How many instances may be queued or running at once over all runs of the DAG. */
  readonly maxActivePerDag?: number;
  /** How many instances may be queued or running at once in one run. */
  readonly maxActivePerRun?: number;
  readonly mapping?: MappingSpec;
  readonly sensor?: SensorSpec;
  /** What its success updates. */
  readonly outlets?: readonly AssetReference[];
  /** What it uses. */
  readonly inlets?: readonly AssetReference[];
  /** Functions that are called when something becomes of its instances. */
  readonly callbacks?: { readonly [Kind in TaskCallbackKind]?: readonly CallbackSpec[] };
}

/** What is known of a DAG without running its code: canonical, so that equal DAGs have equal JSON. */
export interface DagSpec {
  /** Version of this shape. */
  readonly format: 1;
  readonly dagId: string;
  readonly displayName?: string;
  readonly description?: string;
  readonly docMd?: string;
  readonly owners: readonly string[];
  readonly tags: readonly string[];
  readonly schedule: ScheduleSpec;
  /** ISO 8601 instants. */
  readonly startDate?: string;
  readonly endDate?: string;
  readonly catchup: boolean;
  readonly maxActiveRuns: number;
  readonly maxActiveTasks: number;
  readonly runTimeoutMs?: number;
  /** The DAG is paused when so many runs in a row have failed. */
  readonly maxConsecutiveFailedRuns?: number;
  /** Sorted by name. */
  readonly deadlines?: readonly DeadlineSpec[];
  /** Functions that are called when a run ends. */
  readonly callbacks?: { readonly [Kind in RunCallbackKind]?: readonly CallbackSpec[] };
  readonly failFast: boolean;
  readonly isPausedUponCreation: boolean;
  readonly isolation: Isolation;
  /** JSON Schema (object) of the run's parameters; `default` of each property is its default value. */
  readonly params: JsonObject;
  /** Outer groups stand before their inner ones. */
  readonly groups?: readonly GroupSpec[];
  /** In an order in which every task stands after its upstream tasks. */
  readonly tasks: readonly TaskSpec[];
}
