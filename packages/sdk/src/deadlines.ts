import type { DeadlineSpec } from "@polyflow/contracts";
import { callbackSpec, type Callbacks, readCallbacks } from "./callback.ts";
import { type Duration, durationMs } from "./duration.ts";
import { readInstant } from "./instant.ts";
import { invalidDag, within } from "./invalid-dag.ts";
import { compareText } from "./json-conversion.ts";
import { checkInteger, checkKnown, checkOneOf, checkText } from "./option-checks.ts";

/** By when a run should have ended. One that has not is noted in the audit log and among the missed deadlines, and `onMiss` is called. */
export interface Deadline {
  /** Shown to people; unique within the DAG. */
  readonly name: string;
  /**
   * What it counts from: when the run was queued (default), its logical date, an instant (`at`), or how long runs took on average, from the
   * moment the run was queued.
   */
  readonly reference?: "queuedAt" | "logicalDate" | "fixed" | "averageRuntime";
  /** How long after the reference. Default none. */
  readonly after?: Duration;
  /** How long before the reference, instead. */
  readonly before?: Duration;
  /** The instant of `fixed`, in the zone of the DAG. */
  readonly at?: string | Date;
  /** Of `averageRuntime`: how many of the newest successful runs count (default 10), and how many there must be (default 10). */
  readonly maxRuns?: number;
  readonly minRuns?: number;
  /** Called when a run misses it, once, as work of its own. */
  readonly onMiss?: Callbacks;
}

const REFERENCES = { queuedAt: "queued_at", logicalDate: "logical_date", fixed: "fixed", averageRuntime: "average_runtime" } as const;
const OPTIONS = [
  "name",
  "reference",
  "after",
  "before",
  "at",
  "maxRuns",
  "minRuns",
  "onMiss",
] as const satisfies readonly (keyof Deadline)[];

/** @throws PolyflowError `dag_invalid` */
export function readDeadlines(deadlines: readonly Deadline[], timezone: string): readonly DeadlineSpec[] {
  const read = deadlines.map((deadline) => within(`deadline "${String(deadline.name)}"`, () => readDeadline(deadline, timezone)));
  const names = new Set(read.map(({ name }) => name));
  if (names.size < read.length) throw invalidDag("deadlines: two have the same name. Give each a name of its own.");
  return [...read].sort((left, right) => compareText(left.name, right.name));
}

function readDeadline(deadline: Deadline, timezone: string): DeadlineSpec {
  checkKnown(deadline, OPTIONS);
  const { name, reference = "queuedAt", after, before, at, maxRuns = 10, minRuns = 10, onMiss } = deadline;
  checkOneOf("reference", reference, Object.keys(REFERENCES));
  if (after !== undefined && before !== undefined) throw invalidDag("after and before exclude each other.");
  if ((reference === "fixed") !== (at !== undefined)) throw invalidDag('at belongs to the reference "fixed", which needs it.');
  return {
    name: checkText("name", name, 250),
    reference: REFERENCES[reference],
    afterMs: before === undefined ? (after === undefined ? 0 : durationMs(after, "after")) : -durationMs(before, "before"),
    ...(at === undefined ? {} : { at: readInstant(at, timezone, "at") }),
    ...(reference === "averageRuntime"
      ? { maxRuns: checkInteger("maxRuns", maxRuns, 1, 1_000), minRuns: checkInteger("minRuns", minRuns, 1, 1_000) }
      : {}),
    ...(onMiss === undefined ? {} : { onMiss: readCallbacks("onMiss", onMiss).map(callbackSpec) }),
  };
}
