import type { JsonObject, JsonValue } from "./json.ts";
import type { TriggerRule } from "./trigger-rule.ts";

/** When runs of a DAG become due. Times of day are in `timezone` (IANA). */
export type ScheduleSpec =
  | { readonly kind: "none" }
  | { readonly kind: "once" }
  | { readonly kind: "continuous" }
  | { readonly kind: "cron"; readonly expressions: readonly string[]; readonly timezone: string }
  | { readonly kind: "interval"; readonly everyMs: number };

/** A task's input: the output of another task (optionally one property of it) or a constant. */
export type InputSpec =
  | { readonly kind: "output"; readonly taskId: string; readonly path?: readonly string[] }
  | { readonly kind: "constant"; readonly value: JsonValue };

/**
 * `process`: each attempt in a task process of its own, started beforehand.
 * `reuse`: one task process serves many attempts of the DAG's bundle, one after another.
 */
export type Isolation = "process" | "reuse";

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
  readonly owner: string;
  readonly docMd?: string;
  readonly groupId?: string;
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
  readonly failFast: boolean;
  readonly isPausedUponCreation: boolean;
  readonly isolation: Isolation;
  /** JSON Schema (object) of the run's parameters; `default` of each property is its default value. */
  readonly params: JsonObject;
  /** In an order in which every task stands after its upstream tasks. */
  readonly tasks: readonly TaskSpec[];
}
