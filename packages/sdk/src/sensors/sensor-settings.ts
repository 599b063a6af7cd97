import { SENSOR_MODES, type SensorMode, type SensorSpec } from "@polyflow/contracts";
import { type Duration, durationMs } from "../duration.ts";
import { invalidDag } from "../invalid-dag.ts";
import { checkBoolean, checkOneOf } from "../option-checks.ts";
import type { TaskOptions } from "../task-options.ts";

/** How a sensor waits. */
export interface SensorSettings {
  /**
   * `"poke"` (default): one attempt looks again and again and keeps its slot and process; for waits of seconds to minutes.
   * `"reschedule"`: each look is an attempt of its own, so that the slot is free between them; for minutes to hours.
   * `"defer"`: the triggerer of a worker looks, thousands of waits in one process; for any number of waits, however long.
   */
  readonly mode?: SensorMode;
  /** Time between two looks. Default `"1m"`. */
  readonly interval?: Duration;
  /** How long to wait at most. In the modes `reschedule` and `defer` it spans all looks and tries. Default `"7d"`. */
  readonly timeout?: Duration;
  /** When the time is up, skip the task instead of failing it. Default false. */
  readonly softFail?: boolean;
  /** A look that throws counts as "not yet" and is logged. Default false: it fails the try. */
  readonly silentFail?: boolean;
  /** A look that throws skips the task. Default false. */
  readonly neverFail?: boolean;
  /** Double the interval from look to look, with a jitter, up to `maxWait`. Default false. */
  readonly exponentialBackoff?: boolean;
  /** The longest interval that `exponentialBackoff` can lead to. */
  readonly maxWait?: Duration;
}

/** Options of a sensor: those of every task and how it waits. */
export interface SensorTaskOptions extends TaskOptions, SensorSettings {}

/** Names of the settings. */
export const SENSOR_SETTINGS = [
  "mode",
  "interval",
  "timeout",
  "softFail",
  "silentFail",
  "neverFail",
  "exponentialBackoff",
  "maxWait",
] as const satisfies readonly (keyof SensorSettings)[];

/** The settings with units resolved; the part that people see is in the spec. */
export interface ResolvedSensor {
  readonly spec: SensorSpec;
  readonly silentFail: boolean;
  readonly neverFail: boolean;
}

/** @throws PolyflowError `dag_invalid` */
export function resolveSensor(settings: SensorSettings): ResolvedSensor {
  const { mode = "poke", interval = "1m", timeout = "7d", maxWait, softFail = false, exponentialBackoff = false } = settings;
  const { silentFail = false, neverFail = false } = settings;
  const intervalMs = durationMs(interval, "interval");
  if (intervalMs === 0) throw invalidDag(`interval: ${JSON.stringify(interval)} would look without a pause. Give at least "1ms".`);
  return {
    spec: {
      mode: checkOneOf("mode", mode, SENSOR_MODES),
      intervalMs,
      timeoutMs: durationMs(timeout, "timeout"),
      softFail: checkBoolean("softFail", softFail),
      exponentialBackoff: checkBoolean("exponentialBackoff", exponentialBackoff),
      ...(maxWait === undefined ? {} : { maxWaitMs: Math.max(1, durationMs(maxWait, "maxWait")) }),
    },
    silentFail: checkBoolean("silentFail", silentFail),
    neverFail: checkBoolean("neverFail", neverFail),
  };
}

/** Parts the settings from the options of the task. */
export function splitSensorOptions(options: SensorTaskOptions): { readonly settings: SensorSettings; readonly options: TaskOptions } {
  const names: readonly string[] = SENSOR_SETTINGS;
  const entries = Object.entries(options);
  return {
    settings: Object.fromEntries(entries.filter(([name, value]) => names.includes(name) && value !== undefined)) as SensorSettings,
    options: Object.fromEntries(entries.filter(([name]) => !names.includes(name))) as unknown as TaskOptions,
  };
}
