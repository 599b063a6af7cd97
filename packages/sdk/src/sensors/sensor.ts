import type { JsonObject, SensorMode } from "@polyflow/contracts";
import type { WaitEvent } from "@polyflow/contracts/wire";
import { currentDraft } from "../dag-draft.ts";
import { type PokeResult, reschedule, TaskPause } from "../defer.ts";
import { invalidDag, within } from "../invalid-dag.ts";
import type { Jsonified } from "../json-conversion.ts";
import { checkKnown } from "../option-checks.ts";
import type { NoInput } from "../task.ts";
import type { TaskContext } from "../task-context.ts";
import { FailTask, SkipTask } from "../task-errors.ts";
import { createTaskHandle, type TaskHandle, type Wired } from "../task-handle.ts";
import { TASK_OPTIONS } from "../task-options.ts";
import { pokeDelayMs } from "./poke-delay.ts";
import { type ResolvedSensor, resolveSensor, SENSOR_SETTINGS, type SensorTaskOptions, splitSensorOptions } from "./sensor-settings.ts";

/** Looks once whether that which a sensor waits for is there. */
export type Poke<Value, Input = NoInput, Fields = NoInput> = (
  context: TaskContext,
  input: Input,
  fields: Fields,
) => PokeResult<Value> | Promise<PokeResult<Value>>;

/** Options of `sensor`. */
export interface SensorOptions<Value, Input = NoInput, Fields = NoInput> extends SensorTaskOptions {
  /** `false`: not yet. `true` or `{ done: true, value }`: it is there; the value is the task's output. What it throws fails the try. */
  readonly poke: Poke<Value, Input, Fields>;
  /** Name of the kind of sensor, for people: `file_sensor`, `http_sensor`. Default `sensor`. */
  readonly name?: string;
  /** Constants, and outputs of other tasks, that `poke` gets. */
  readonly inputs?: Wired<Input>;
  /** Values of the author's in which Jinja templates are rendered before each look; `poke` gets them rendered. */
  readonly fields?: Fields;
  /** What it waits for, for people. Never secrets: everyone who may read the DAG sees it. */
  readonly details?: JsonObject;
}

/**
 * Adds a task that waits until something is there. Sensors of your own are functions that call it.
 *
 * @throws PolyflowError `dag_invalid`
 * @example
 * sensor({ id: "orders_arrived", mode: "defer", interval: "30s", timeout: "6h", poke: async (ctx) => {
 *   const rows = await (await ctx.sql("dwh")).query("select count(*) n from stage.orders where day = $1", [ctx.logicalDate]);
 *   return Number(rows[0]?.n) > 0;
 * } });
 *
 * export function flagSensor({ variable, ...options }: SensorTaskOptions & { variable: string }): TaskHandle<string> {
 *   return sensor({ ...options, name: "flag_sensor", details: { variable }, poke: async (ctx) => {
 *     const value = await ctx.variable(variable, "");
 *     return value === "" ? false : { done: true, value };
 *   } });
 * }
 */
export function sensor<Value = undefined, Input extends object = NoInput, Fields extends object = NoInput>(
  given: SensorOptions<Value, Input, Fields>,
): TaskHandle<Jsonified<Value>> {
  const { poke, name = "sensor", inputs = {}, details = {}, fields, ...all } = given;
  const { settings, options } = splitSensorOptions(all);
  const resolved = within(`task "${String(options.id)}"`, () => {
    checkKnown(all, [...TASK_OPTIONS, ...SENSOR_SETTINGS, "poke", "name", "inputs", "details", "fields"]);
    if (typeof poke !== "function") throw invalidDag("poke: a sensor needs a function that looks: poke: async (ctx) => true.");
    return resolveSensor(settings);
  });
  const look = lookOf(poke as AnyPoke, resolved);
  const added = currentDraft(options.id).addTask({
    operator: name,
    options,
    inputs,
    details,
    fields,
    sensor: resolved.spec,
    resumesOnTimeout: true,
    execute: (values, context, rendered) => waitFor(() => look(context, values, rendered), resolved, context),
    watch: (_state, context, values, rendered) => look(context, values, rendered),
  });
  return createTaskHandle(added);
}

/** Types were checked where it was given. */
type AnyPoke = Poke<unknown, object, object>;

/** A look with the sensor's own rules for errors. */
function lookOf(poke: AnyPoke, { silentFail, neverFail }: ResolvedSensor): AnyPoke {
  if (!silentFail && !neverFail) return poke;
  return async (context, input, fields) => {
    try {
      return await poke(context, input, fields);
    } catch (error) {
      if (error instanceof TaskPause || error instanceof SkipTask || context.signal.aborted) throw error;
      const message = error instanceof Error ? error.message : String(error);
      if (neverFail) throw new SkipTask(`The sensor failed, and never fails its task: ${message}`);
      context.log.error(`A look failed and counts as "not yet": ${message}`);
      return false;
    }
  };
}

async function waitFor(look: () => ReturnType<AnyPoke>, { spec }: ResolvedSensor, context: TaskContext): Promise<unknown> {
  const resumed = context.wait?.resumed;
  if (resumed?.event !== undefined) return valueOfEvent(resumed.event);
  if (resumed?.timedOut === true) throw timeIsUp(spec.timeoutMs, spec.softFail);
  const before = waitedBefore(spec.mode, context);
  const startedAt = context.now().getTime();
  const identity = `${context.dagId}#${context.runId}#${context.taskId}#${context.mapIndex}`;
  for (let looks = 1; ; looks++) {
    const result = await look();
    if (result !== false) return typeof result === "object" ? result.value : undefined;
    const leftMs = spec.timeoutMs - before.elapsedMs - (context.now().getTime() - startedAt);
    if (leftMs <= 0) throw timeIsUp(spec.timeoutMs, spec.softFail);
    const delayMs = Math.min(pokeDelayMs(spec, looks + before.waits, identity), leftMs);
    if (spec.mode === "reschedule") reschedule(delayMs);
    if (spec.mode === "defer") throw deferral(spec, leftMs);
    await context.sleep(delayMs);
  }
}

/** The time limit of a sensor that keeps its process counts from the start of the attempt, otherwise from the first of all attempts. */
function waitedBefore(mode: SensorMode, { wait }: TaskContext): { readonly elapsedMs: number; readonly waits: number } {
  return mode === "poke" || wait === undefined ? { elapsedMs: 0, waits: 0 } : wait;
}

function valueOfEvent(event: WaitEvent): unknown {
  return "value" in event ? event.value : undefined;
}

function deferral({ intervalMs, exponentialBackoff, maxWaitMs }: ResolvedSensor["spec"], timeoutMs: number): TaskPause {
  const rhythm = { everyMs: intervalMs, backoff: exponentialBackoff, ...(maxWaitMs === undefined ? {} : { maxWaitMs }) };
  return new TaskPause({ kind: "deferred", trigger: { kind: "poke", ...rhythm }, timeoutMs: Math.ceil(timeoutMs) });
}

/** As in Airflow, a sensor whose time is up is not tried again. */
function timeIsUp(timeoutMs: number, softFail: boolean): Error {
  const message = `The sensor's time is up: what it waits for was not there within ${timeoutMs / 1000} s. Look why, or raise its timeout.`;
  return softFail ? new SkipTask(message) : new FailTask(message);
}
