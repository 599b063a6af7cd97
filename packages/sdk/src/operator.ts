import type { JsonObject, JsonValue } from "@polyflow/contracts";
import { currentDraft } from "./dag-draft.ts";
import type { PokeResult } from "./defer.ts";
import { within } from "./invalid-dag.ts";
import type { Jsonified } from "./json-conversion.ts";
import { checkKnown, checkOneOf } from "./option-checks.ts";
import type { NoInput } from "./task.ts";
import type { TaskContext } from "./task-context.ts";
import { createTaskHandle, type TaskHandle, type Wired } from "./task-handle.ts";
import { TASK_OPTIONS, type TaskOptions } from "./task-options.ts";

/** What an operator adds to a DAG. */
export interface OperatorCall<Input, Output, Fields = NoInput> {
  /** Name of the kind of task, for people: `bash`, `sql`, `load`. */
  readonly name: string;
  /** The options that every task has, as the author gave them to the operator. */
  readonly options: TaskOptions;
  /** Constants, and outputs of other tasks, that `execute` gets. */
  readonly inputs?: Wired<Input>;
  /** What the task will do, for people: the command, the statement. Never secrets: everyone who may read the DAG sees it. */
  readonly details?: JsonObject;
  /** Values of the author's in which Jinja templates are rendered before each try, such as the command; `execute` gets them rendered. */
  readonly fields?: Fields;
  /** Its success can say that tasks after it are skipped; see `SkipDownstream`. */
  readonly skipsDownstream?: "direct" | "all";
  /** Does the work, in a task process. */
  readonly execute: (input: Input, context: TaskContext, fields: Fields) => Output | Promise<Output>;
  /**
   * For a task that calls `defer`: looks whether its wait is over. Runs in the triggerer, which thousands of waits share, so it must not
   * keep the thread: await what takes time. Its value is `ctx.wait.resumed.event.value` afterwards.
   */
  readonly watch?: (
    state: JsonValue | undefined,
    context: TaskContext,
    input: Input,
    fields: Fields,
  ) => PokeResult<JsonValue> | Promise<PokeResult<JsonValue>>;
  /** What follows when the time of a wait is up. Default `"fail"`; `"resume"`: `execute` decides by `ctx.wait.resumed.timedOut`. */
  readonly onTimeout?: "fail" | "resume";
}

/**
 * Adds a task to the DAG that is being described: the base of `bash` and `sql`, and of operators of your own.
 *
 * @example
 * export interface HttpGetOptions extends TaskOptions {
 *   readonly url: string;
 * }
 * export function httpGet({ url, ...options }: HttpGetOptions): TaskHandle<string> {
 *   return operator({
 *     name: "http_get",
 *     options,
 *     details: { url },
 *     fields: { url },
 *     execute: async (_input, ctx, fields) => (await fetch(fields.url, { signal: ctx.signal })).text(),
 *   });
 * }
 */
export function operator<Output, Input extends object = NoInput, Fields extends object = NoInput>(
  call: OperatorCall<Input, Output, Fields>,
): TaskHandle<Jsonified<Output>> {
  const { name, options, inputs = {}, details = {}, fields, skipsDownstream, execute, watch, onTimeout = "fail" } = call;
  within(`task "${String(options.id)}"`, () => checkKnown(options, TASK_OPTIONS));
  const added = currentDraft(options.id).addTask({
    operator: name,
    options,
    inputs,
    details,
    fields,
    ...(skipsDownstream === undefined ? {} : { skipsDownstream }),
    // inputs and fields were checked by the compiler, and against JSON when the DAG was described
    execute: async (values, context, rendered) => execute(values as Input, context, rendered as Fields),
    resumesOnTimeout: checkOneOf("onTimeout", onTimeout, ["fail", "resume"]) === "resume",
    ...(watch === undefined
      ? {}
      : { watch: async (state, context, values, rendered) => watch(state, context, values as Input, rendered as Fields) }),
  });
  return createTaskHandle(added);
}
