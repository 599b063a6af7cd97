import { currentDraft } from "./dag-draft.ts";
import { checkKnown } from "./option-checks.ts";
import { invalidDag, within } from "./invalid-dag.ts";
import { SkipDownstream } from "./skip-downstream.ts";
import { FailTask } from "./task-errors.ts";
import { describeTask, type JsonInput, type NoInput, type TaskFactory, type TaskFunction } from "./task.ts";
import { createTaskHandle, type TaskHandle } from "./task-handle.ts";
import { TASK_OPTIONS, type TaskOptions } from "./task-options.ts";

/** Ids of the tasks or groups to go on with; null or an empty list: none. */
export type Followed = string | readonly string[] | null;

/** Options of `shortCircuit`. */
export interface ShortCircuitOptions extends TaskOptions {
  /**
   * Default true: all tasks after it are skipped, however far (teardowns aside). False: only those directly after it; what follows these is
   * decided by trigger rules.
   */
  readonly ignoreDownstreamTriggerRules?: boolean;
}

/**
 * Describes a task that chooses how to go on: it returns ids of tasks (or groups) that come after it, and those directly after it that are
 * not among them are skipped. What comes after a followed task is not skipped, either. Ids are whole: those in groups with their prefix.
 * @example
 * const choose = branch("choose", (input: { rows: number }) => (input.rows > 1000 ? "load_large" : "load_small"));
 */
export function branch<Input extends JsonInput<Input> = NoInput>(
  idOrOptions: string | TaskOptions,
  choose: TaskFunction<Input, Followed>,
): TaskFactory<Input, readonly string[]> {
  checkDecision(idOrOptions, choose, "branch");
  const run: TaskFunction<Input, SkipDownstream> = async (input, context) => {
    const follow = readFollowed(await choose(input, context));
    context.log.info(follow.length === 0 ? "Follows no task." : `Follows ${follow.join(", ")}.`);
    return new SkipDownstream({ kind: "branch", follow: [...follow] }, follow);
  };
  return describeTask<Input, readonly string[]>(idOrOptions, run, { operator: "branch", skipsDownstream: "direct" });
}

/**
 * Describes a task that decides whether to go on at all: when it returns something false (or an empty list or text), the tasks after it are
 * skipped.
 * @example shortCircuit("has_files", (input: { files: readonly string[] }) => input.files.length > 0);
 */
export function shortCircuit<Input extends JsonInput<Input> = NoInput>(
  idOrOptions: string | ShortCircuitOptions,
  decide: TaskFunction<Input, unknown>,
): TaskFactory<Input, boolean> {
  const { ignoreDownstreamTriggerRules = true, ...options } = typeof idOrOptions === "string" ? { id: idOrOptions } : idOrOptions;
  checkDecision(options, decide, "shortCircuit");
  const scope = ignoreDownstreamTriggerRules ? "all" : "direct";
  const run: TaskFunction<Input, boolean | SkipDownstream> = async (input, context) => {
    const answer = await decide(input, context);
    const goesOn = Array.isArray(answer) ? answer.length > 0 : Boolean(answer);
    context.log.info(goesOn ? "Goes on." : `Skips ${scope === "all" ? "all tasks after it" : "the tasks directly after it"}.`);
    return goesOn || new SkipDownstream({ kind: "short_circuit", scope }, false);
  };
  return describeTask<Input, boolean>(options, run, { operator: "short_circuit", skipsDownstream: scope });
}

/**
 * Adds a task after which only the newest run goes on: in a run that makes up for an earlier time, the tasks directly after it are skipped. A
 * run that somebody asked for always goes on.
 * @example chain(latestOnly({ id: "latest_only" }), sendReport());
 */
export function latestOnly(options: TaskOptions): TaskHandle {
  within(`task "${String(options.id)}"`, () => checkKnown(options, TASK_OPTIONS));
  const added = currentDraft(options.id).addTask({
    operator: "latest_only",
    options,
    inputs: {},
    details: {},
    skipsDownstream: "direct",
    execute: async () => new SkipDownstream({ kind: "latest_only" }),
  });
  return createTaskHandle(added);
}

function checkDecision(idOrOptions: string | { readonly id: string }, decide: unknown, kind: string): void {
  if (typeof decide === "function") return;
  const id = typeof idOrOptions === "string" ? idOrOptions : idOrOptions.id;
  throw invalidDag(`task "${id}" has no function that decides: ${kind}("${id}", (input) => …).`);
}

function readFollowed(answer: unknown): readonly string[] {
  if (answer === null || answer === undefined) return [];
  const follow: readonly unknown[] = Array.isArray(answer) ? answer : [answer];
  const wrong = follow.find((taskId) => typeof taskId !== "string");
  if (wrong === undefined) return follow as readonly string[];
  throw new FailTask(`A branch returns ids of tasks, or null to follow none; this one returned ${JSON.stringify(wrong)}.`);
}
