import type { JsonObject } from "@polyflow/contracts";
import type { AttemptOutcome, MappedInput } from "@polyflow/contracts/wire";
import { TaskPause } from "../defer.ts";
import { NotJsonError, toJson } from "../json-conversion.ts";
import type { TaskContext } from "../task-context.ts";
import { FailTask, SkipTask } from "../task-errors.ts";
import { SkipDownstream } from "../skip-downstream.ts";
import { renderTemplate } from "../templates/render-template.ts";
import type { TaskDefinition } from "./definition.ts";
import { nameOfInstance, withElements } from "./mapped-input.ts";

const LONGEST_MESSAGE = 10_000;
const LONGEST_STACK = 50_000;

/** One try of a task. */
export interface TaskRun {
  readonly task: TaskDefinition;
  readonly input: { readonly [name: string]: unknown };
  /** Of an instance of a mapped task. */
  readonly mapped?: MappedInput | undefined;
  readonly context: TaskContext;
  /** Hears of the fields as they were rendered, before the task starts; not for a task without fields. */
  readonly onRendered?: (fields: JsonObject) => void;
}

/**
 * Renders the fields of a task, runs it once and says how it ended, in the words of the Execution API; never rejects.
 * Killing, timeouts and limits of size are the caller's.
 */
export async function runTask(run: TaskRun): Promise<AttemptOutcome> {
  const named: { mapName?: string } = {};
  try {
    const outcome = await execute(run, named);
    return outcome.kind === "success" ? { ...outcome, ...named } : outcome;
  } catch (error) {
    const outcome = outcomeOf(error);
    return outcome.kind === "failed" || outcome.kind === "skipped" ? { ...outcome, ...named } : outcome;
  }
}

async function execute({ task, mapped, context, onRendered, ...run }: TaskRun, named: { mapName?: string }): Promise<AttemptOutcome> {
  const failure = failureOfWait(task, context.wait);
  if (failure !== undefined) return failure;
  const input = mapped === undefined ? run.input : await withElements(task, run.input, mapped);
  const fields = await renderFields(task, context, onRendered);
  const name = mapped === undefined ? undefined : await nameOfInstance(task, input, context);
  if (name !== undefined) named.mapName = name;
  const output = await task.execute(input, context, fields);
  const skips = output instanceof SkipDownstream ? { skips: output.skips } : {};
  const value = output instanceof SkipDownstream ? output.output : output;
  return value === undefined ? { kind: "success", ...skips } : { kind: "success", output: toJson(value, "output"), ...skips };
}

/** The task's fields, rendered. */
export async function renderFields(
  { fields, mapIndexTemplate }: TaskDefinition,
  context: TaskContext,
  onRendered?: TaskRun["onRendered"],
): Promise<JsonObject> {
  if (fields === undefined) return {};
  const rendered = await renderTemplate(fields, context, {
    where: "the field",
    ...(typeof mapIndexTemplate === "string" ? { names: { map_index_template: mapIndexTemplate } } : {}),
  });
  onRendered?.(rendered);
  return rendered;
}

/** A wait that ended with an error, or was not over in time, fails the task, unless it wants to hear of that itself. */
function failureOfWait(task: TaskDefinition, wait: TaskContext["wait"]): AttemptOutcome | undefined {
  const resumed = wait?.resumed;
  if (resumed?.event !== undefined && "outcome" in resumed.event) return resumed.event.outcome;
  if (resumed?.timedOut !== true || task.resumesOnTimeout === true) return undefined;
  return {
    kind: "failed",
    reason: "timeout",
    message: "What the task waits for was not there in time. Look why, or raise the timeout of its wait.",
  };
}

/** How an attempt ends whose task threw `error`. */
export function outcomeOf(error: unknown): AttemptOutcome {
  if (error instanceof TaskPause) return error.outcome;
  if (error instanceof SkipTask) return error.message === "" ? { kind: "skipped" } : { kind: "skipped", reason: shorten(error.message) };
  if (error instanceof NotJsonError) {
    // what it did is done, and a further try would end the same way
    return {
      kind: "failed",
      reason: "fatal",
      message: shorten(`${error.message}. Return plain values; put large or binary data into files.`),
    };
  }
  const reason = error instanceof FailTask ? "fatal" : "error";
  if (!(error instanceof Error))
    return { kind: "failed", reason, message: shorten(`The task threw ${describe(error)}, which is no Error.`) };
  const message = shorten(error.message === "" ? error.name : error.message);
  const stack = stackOf(error);
  return stack === "" ? { kind: "failed", reason, message } : { kind: "failed", reason, message, stack: stack.slice(0, LONGEST_STACK) };
}

/** The stack with those of its causes, without the frames of Node. */
function stackOf(error: Error): string {
  const own = (error.stack ?? "")
    .split("\n")
    .filter((line) => !/^\s+at .*\(?node:/.test(line))
    .join("\n");
  return error.cause instanceof Error && error.cause !== error ? `${own}\nCaused by: ${stackOf(error.cause)}` : own;
}

function shorten(text: string): string {
  return text.length <= LONGEST_MESSAGE ? text : `${text.slice(0, LONGEST_MESSAGE - 1)}…`;
}

function describe(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
