import { DAG_RUN_STATES, type DagRunState, type JsonObject, TASK_INSTANCE_STATES, type TaskInstanceState } from "@polyflow/contracts";
import { type Duration, durationMs } from "../duration.ts";
import { invalidDag, within } from "../invalid-dag.ts";
import { checkKnown, checkOneOf, checkText } from "../option-checks.ts";
import type { RunSearch, RunSearchResult } from "../other-dags.ts";
import type { TaskContext } from "../task-context.ts";
import { FailTask, SkipTask } from "../task-errors.ts";
import type { TaskHandle } from "../task-handle.ts";
import { sensor } from "./sensor.ts";
import { SENSOR_SETTINGS, type SensorTaskOptions } from "./sensor-settings.ts";
import { TASK_OPTIONS } from "../task-options.ts";

type AnyState = DagRunState | TaskInstanceState;

/** Options of `externalTaskSensor`: which run of which DAG, what of it, and which states end the wait. */
export interface ExternalTaskSensorOptions extends SensorTaskOptions {
  /** The DAG that is waited for. */
  readonly dagId: string;
  /** One run by its id; Jinja templates are rendered. Default: the run with the same logical date. */
  readonly runId?: string;
  /** The run whose logical date lies so much before that of this run. */
  readonly delta?: Duration;
  /** Logical dates of the runs that are waited for, from this run. */
  readonly logicalDates?: (context: TaskContext) => Date | readonly Date[];
  /** Wait for these tasks, or for those of a group; by default for the whole run. */
  readonly taskIds?: readonly string[];
  readonly groupId?: string;
  /** Default `["success"]`. */
  readonly allowedStates?: readonly AnyState[];
  /** As soon as something is in one of these, the sensor is skipped. Default none. */
  readonly skippedStates?: readonly AnyState[];
  /** As soon as something is in one of these, the sensor fails for good. Default none. */
  readonly failedStates?: readonly AnyState[];
  /** Fail at once when the DAG, a task or the group does not exist, instead of waiting for it. Default false. */
  readonly checkExistence?: boolean;
}

const LONGEST_ID = 250;
const STATES: readonly AnyState[] = [...new Set([...TASK_INSTANCE_STATES, ...DAG_RUN_STATES])];
const OWN_OPTIONS = [
  "dagId",
  "runId",
  "delta",
  "logicalDates",
  "taskIds",
  "groupId",
  "allowedStates",
  "skippedStates",
  "failedStates",
  "checkExistence",
] as const satisfies readonly (keyof ExternalTaskSensorOptions)[];

/**
 * Adds a task that waits for a run of another DAG, or for tasks of it. Its output is the list of the run ids.
 * @throws PolyflowError `dag_invalid`
 * @example externalTaskSensor({ id: "wait_for_load", dagId: "load", taskIds: ["publish"], failedStates: ["failed"], mode: "defer" });
 */
export function externalTaskSensor(given: ExternalTaskSensorOptions): TaskHandle<readonly string[]> {
  const { dagId, runId, taskIds, groupId } = given;
  within(`task "${String(given.id)}"`, () => checkOptions(given));
  const names: readonly string[] = [...TASK_OPTIONS, ...SENSOR_SETTINGS];
  const options = Object.fromEntries(Object.entries(given).filter(([name]) => names.includes(name))) as unknown as SensorTaskOptions;
  return sensor<readonly string[], Readonly<Record<never, never>>, { readonly runId?: string }>({
    ...options,
    name: "external_task_sensor",
    details: detailsOf(given),
    fields: runId === undefined ? {} : { runId },
    poke: async (context, _input, fields) => {
      const dates = fields.runId === undefined ? datesOf(given, context) : undefined;
      const search: RunSearch = {
        ...(dates === undefined ? {} : { logicalDates: dates }),
        ...(fields.runId === undefined ? {} : { runId: fields.runId }),
        ...(taskIds === undefined ? {} : { taskIds }),
        ...(groupId === undefined ? {} : { groupId }),
      };
      const found = await context.dags.find(dagId, search);
      if (given.checkExistence === true) requireExistence(given, found);
      return judge(given, found, { expected: dates?.length ?? 1, context });
    },
  });
}

function checkOptions(given: ExternalTaskSensorOptions): void {
  const known: readonly string[] = [...TASK_OPTIONS, ...SENSOR_SETTINGS, ...OWN_OPTIONS];
  checkKnown(given, known);
  checkText("dagId", given.dagId, LONGEST_ID);
  const ways = [given.runId, given.delta, given.logicalDates].filter((way) => way !== undefined);
  if (ways.length > 1) throw invalidDag("runId, delta and logicalDates exclude each other: give the one that names the run.");
  if (given.delta !== undefined) durationMs(given.delta, "delta");
  const { allowedStates = ["success"], skippedStates = [], failedStates = [] } = given;
  const all = [...allowedStates, ...skippedStates, ...failedStates];
  for (const state of all) checkOneOf("a state", state, STATES);
  if (new Set(all).size < all.length)
    throw invalidDag("a state stands twice in allowedStates, skippedStates, failedStates. Each has one meaning.");
}

function detailsOf({ dagId, runId, delta, taskIds, groupId }: ExternalTaskSensorOptions): JsonObject {
  return {
    dagId,
    ...(runId === undefined ? {} : { runId }),
    ...(delta === undefined ? {} : { delta }),
    ...(taskIds === undefined ? {} : { taskIds: [...taskIds] }),
    ...(groupId === undefined ? {} : { groupId }),
  };
}

function datesOf({ delta, logicalDates, dagId }: ExternalTaskSensorOptions, context: TaskContext): readonly Date[] {
  if (logicalDates !== undefined) return [logicalDates(context)].flat();
  if (context.logicalDate === undefined) {
    throw new FailTask(
      `This run has no logical date, so that no run of "${dagId}" belongs to it. Give the sensor a runId or logicalDates.`,
    );
  }
  return [new Date(context.logicalDate.getTime() - (delta === undefined ? 0 : durationMs(delta, "delta")))];
}

function requireExistence({ dagId }: ExternalTaskSensorOptions, { dagExists, unknown }: RunSearchResult): void {
  if (!dagExists) throw new FailTask(`There is no DAG "${dagId}" to wait for.`);
  if (unknown.length > 0) throw new FailTask(`DAG "${dagId}" has no ${unknown.map((name) => `"${name}"`).join(", ")} to wait for.`);
}

interface Expectation {
  /** How many runs there should be. */
  readonly expected: number;
  readonly context: TaskContext;
}

/** Every run, or every instance of every task in it, must be in an allowed state; one in a failed or skipped state is enough to end the wait. */
function judge(
  given: ExternalTaskSensorOptions,
  { runs, taskIds }: RunSearchResult,
  { expected, context }: Expectation,
): false | { readonly done: true; readonly value: readonly string[] } {
  const { allowedStates = ["success"], skippedStates = [], failedStates = [], dagId } = given;
  const wholeRun = given.taskIds === undefined && given.groupId === undefined;
  const states = runs.flatMap((run) =>
    wholeRun ? [run.state] : taskIds.flatMap((taskId) => Object.keys(run.tasks[taskId] ?? { none: 1 }) as AnyState[]),
  );
  const failed = states.find((state) => failedStates.includes(state));
  if (failed !== undefined) throw new FailTask(`What is waited for in DAG "${dagId}" is ${failed}.`);
  const skipped = states.find((state) => skippedStates.includes(state));
  if (skipped !== undefined) throw new SkipTask(`What is waited for in DAG "${dagId}" is ${skipped}.`);
  const isThere = runs.length >= expected && states.length > 0 && states.every((state) => allowedStates.includes(state));
  if (!isThere)
    context.log.info(
      `Not yet: ${runs.length} of ${expected} runs of "${dagId}" are there, states: ${[...new Set(states)].join(", ") || "none"}.`,
    );
  return isThere && { done: true, value: runs.map((run) => run.runId) };
}
