import { type CallbackKind, type JsonObject, PolyflowError } from "@polyflow/contracts";
import type { AttemptOutcome, CallbackOrder } from "@polyflow/contracts/wire";
import type { Callback } from "../callback.ts";
import type { CallbackContext } from "../callback-context.ts";
import type { TaskContext } from "../task-context.ts";
import { renderTemplate } from "../templates/render-template.ts";
import type { DagDefinition } from "./definition.ts";
import { outcomeOf } from "./run-task.ts";

/**
 * Calls the function that an order names, and says how that ended, in the words of the Execution API; never rejects.
 * @param context of a task, which lends its means; where the order is about a run, its task id is ""
 */
export async function runCallback(definition: DagDefinition, order: CallbackOrder, context: TaskContext): Promise<AttemptOutcome> {
  try {
    await callbackOf(definition, order).run(callbackContext(order, context));
    return { kind: "success" };
  } catch (error) {
    return outcomeOf(error);
  }
}

function callbackOf(definition: DagDefinition, order: CallbackOrder): Callback {
  const found = functionsFor(definition, order)?.[order.function];
  if (found !== undefined) return found;
  throw new PolyflowError(
    "internal",
    `DAG "${definition.dagId}" has no ${describe(order)} when its file is imported in a task process. Describe the same callbacks each time.`,
  );
}

function functionsFor(definition: DagDefinition, { kind, taskId, deadline }: CallbackOrder): readonly Callback[] | undefined {
  if (kind === "deadline") return definition.onMiss?.[deadline?.name ?? ""];
  if (taskId !== null) return definition.tasks.get(taskId)?.callbacks?.[kind];
  return kind === "success" || kind === "failure" ? definition.callbacks?.[kind] : undefined;
}

const OPTION_OF: { readonly [Kind in CallbackKind]: string } = {
  execute: "onExecute",
  success: "onSuccess",
  failure: "onFailure",
  retry: "onRetry",
  skipped: "onSkipped",
  deadline: "onMiss",
};

function describe({ kind, taskId, function: index }: CallbackOrder): string {
  return `function ${index + 1} of ${OPTION_OF[kind]}${taskId === null ? "" : ` of task "${taskId}"`}`;
}

function callbackContext(order: CallbackOrder, context: TaskContext): CallbackContext {
  const names: JsonObject = {
    event: order.kind,
    state: order.state,
    run_state: order.runState,
    error: order.error ?? "",
    // as Airflow calls it, of a task and of a run
    exception: order.error ?? "",
    reason: order.error ?? order.state,
    failed_tasks: order.failedTasks,
    task_id: order.taskId ?? "",
    try_number: order.tryNumber,
    max_tries: order.maxTries,
    deadline: order.deadline === null ? null : { name: order.deadline.name, due_at: order.deadline.dueAt },
  };
  const { dagId, runId, runType, logicalDate, dataIntervalStart, dataIntervalEnd, runAfter, params, conf, projectDir, log, signal } =
    context;
  return {
    dagId,
    runId,
    runType,
    logicalDate,
    dataIntervalStart,
    dataIntervalEnd,
    runAfter,
    params,
    conf,
    projectDir,
    log,
    signal,
    now: () => context.now(),
    sleep: (duration) => context.sleep(duration),
    connection: (connectionId) => context.connection(connectionId),
    variable: (key, defaultValue) => context.variable(key, defaultValue),
    sql: (connectionId) => context.sql(connectionId),
    files: (connection) => context.files(connection),
    xcom: { pull: (...pulled) => context.xcom.pull(...pulled) },
    event: order.kind,
    taskId: order.taskId ?? undefined,
    mapIndex: order.mapIndex,
    tryNumber: order.tryNumber,
    maxTries: order.maxTries,
    state: order.state,
    runState: order.runState,
    error: order.error ?? undefined,
    at: new Date(order.at),
    startDate: toDate(order.startDate),
    endDate: toDate(order.endDate),
    failedTasks: order.failedTasks,
    deadline: order.deadline === null ? undefined : { name: order.deadline.name, dueAt: new Date(order.deadline.dueAt) },
    render: (value) => renderTemplate(value, { ...context, tryNumber: order.tryNumber }, { now: () => context.now().getTime(), names }),
  };
}

function toDate(instant: string | null): Date | undefined {
  return instant === null ? undefined : new Date(instant);
}
