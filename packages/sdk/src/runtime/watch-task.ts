import type { MappedInput, WaitEvent } from "@polyflow/contracts/wire";
import type { JsonValue } from "@polyflow/contracts";
import { toJson } from "../json-conversion.ts";
import type { TaskContext } from "../task-context.ts";
import type { TaskDefinition } from "./definition.ts";
import { withElements } from "./mapped-input.ts";
import { outcomeOf, renderFields } from "./run-task.ts";

/** What a look is made with. */
export interface Look {
  readonly state: JsonValue | undefined;
  readonly input: { readonly [name: string]: unknown };
  /** Of an instance of a mapped task. */
  readonly mapped?: MappedInput | undefined;
  readonly context: TaskContext;
}

/**
 * Looks once whether the wait of a deferred task is over; never rejects.
 * @returns what to report; undefined while it is not over
 */
export async function watchTask(task: TaskDefinition, { state, context, mapped, ...look }: Look): Promise<WaitEvent | undefined> {
  if (task.watch === undefined) {
    const message = `Task "${task.taskId}" deferred without saying what ends its wait. Give it a watch function, or defer({ until }).`;
    return { outcome: { kind: "failed", reason: "fatal", message } };
  }
  try {
    const input = mapped === undefined ? look.input : await withElements(task, look.input, mapped);
    const result = await task.watch(state, context, input, await renderFields(task, context));
    if (result === false) return undefined;
    const value = typeof result === "object" ? result.value : undefined;
    return value === undefined ? {} : { value: toJson(value, "value") };
  } catch (error) {
    const outcome = outcomeOf(error);
    if (outcome.kind === "failed" || outcome.kind === "skipped") return { outcome };
    return { outcome: { kind: "failed", reason: "fatal", message: "A watch function cannot defer; it looks and answers." } };
  }
}
