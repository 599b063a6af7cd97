import type { Isolation } from "@polyflow/contracts";
import type { Callbacks } from "./callback.ts";
import type { Deadline } from "./deadlines.ts";
import type { Duration } from "./duration.ts";
import type { ParamSchemas } from "./params.ts";
import type { Schedule } from "./schedule.ts";
import type { TaskSettings } from "./task-options.ts";

/** Options of a DAG. */
export interface DagOptions {
  /** Unique in the whole installation: letters, digits, `_`, `-`, `.`; at most 250 characters. */
  readonly id: string;
  /** Name that people see instead of the id. */
  readonly displayName?: string;
  /** One sentence, shown in lists. */
  readonly description?: string;
  /** Documentation in Markdown. */
  readonly docMd?: string;
  /** Default owner of the tasks. */
  readonly owner?: string;
  readonly tags?: readonly string[];
  /** When runs become due. Default null: by hand, API or another DAG only. */
  readonly schedule?: Schedule;
  /** IANA time zone of the schedule, and of `startDate` and `endDate` without an offset. Default `"UTC"`. */
  readonly timezone?: string;
  /** No run lies before it: `"2026-01-31"`, `"2026-01-31T06:00"`, with an offset, or a Date. */
  readonly startDate?: string | Date;
  /** No run lies after it. */
  readonly endDate?: string | Date;
  /** Make up for all runs that were due since `startDate`, not only for the last one. Default false. */
  readonly catchup?: boolean;
  /** How many runs may be under way at once. Default 16; 1 for `@continuous`. */
  readonly maxActiveRuns?: number;
  /** How many tasks of one run may be queued or running at once. Default 16. */
  readonly maxActiveTasks?: number;
  /** How many instances a mapped task or group may have, unless it says otherwise. Default `[core] max_map_length`. */
  readonly maxMapLength?: number;
  /** Pause the DAG when so many runs in a row have failed. Default: never. */
  readonly maxConsecutiveFailedRuns?: number;
  /** By when a run should have ended: missed ones are listed and noted, whatever its tasks do. */
  readonly deadlines?: readonly Deadline[];
  /** Called when a run has ended well; as work of its own, as those of tasks. */
  readonly onSuccess?: Callbacks;
  /** Called when a run has failed. */
  readonly onFailure?: Callbacks;
  /** A run that takes longer fails. Default: no limit. */
  readonly runTimeout?: Duration;
  /** End the run's other tasks as soon as one has failed for good. Default false. */
  readonly failFast?: boolean;
  /** Whether a new DAG waits for a person to switch it on. Default: true with a schedule; without one nothing starts by itself anyway. */
  readonly isPausedUponCreation?: boolean;
  /**
   * `"process"` (default): each attempt has a process of its own. `"reuse"`: one process serves many attempts, which hands over in
   * about a millisecond; module state then outlives a task.
   */
  readonly isolation?: Isolation;
  /** Parameters of a run as JSON Schemas: they make the start form and are checked at each trigger. */
  readonly params?: ParamSchemas;
  /** Settings for all tasks that do not say otherwise. */
  readonly defaults?: TaskSettings;
}

/** Names of all options of `dag()`. */
export const DAG_OPTIONS: readonly string[] = [
  "id",
  "displayName",
  "description",
  "docMd",
  "owner",
  "tags",
  "schedule",
  "timezone",
  "startDate",
  "endDate",
  "catchup",
  "maxActiveRuns",
  "maxActiveTasks",
  "maxMapLength",
  "maxConsecutiveFailedRuns",
  "deadlines",
  "onSuccess",
  "onFailure",
  "runTimeout",
  "failFast",
  "isPausedUponCreation",
  "isolation",
  "params",
  "defaults",
] satisfies (keyof DagOptions)[];
