import type { CallbackKind, CallbackSpec } from "./callback.ts";
import type { DagSpec } from "./dag-spec.ts";

/** Which function a callback calls. */
export interface CallbackTarget {
  readonly kind: CallbackKind;
  /** Null: it is about the run. */
  readonly taskId: string | null;
  /** Of kind `deadline`. */
  readonly deadline: string | null;
  readonly function: number;
}

/** What the spec says of the function; undefined when it has no such. */
export function callbackSpecOf(spec: Pick<DagSpec, "tasks" | "callbacks" | "deadlines">, target: CallbackTarget): CallbackSpec | undefined {
  const { kind, taskId, deadline, function: index } = target;
  if (kind === "deadline") return spec.deadlines?.find(({ name }) => name === deadline)?.onMiss?.[index];
  if (taskId !== null) return spec.tasks.find((task) => task.taskId === taskId)?.callbacks?.[kind]?.[index];
  return kind === "success" || kind === "failure" ? spec.callbacks?.[kind]?.[index] : undefined;
}
