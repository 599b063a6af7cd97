import type { AssetEvent } from "@polyflow/contracts";
import type { Asset } from "../asset.ts";
import { checkOptions } from "../check-options.ts";
import { invalidDag, within } from "../invalid-dag.ts";
import type { TaskContext } from "../task-context.ts";
import type { TaskHandle } from "../task-handle.ts";
import { sensor } from "./sensor.ts";
import { SENSOR_SETTINGS, type SensorTaskOptions } from "./sensor-settings.ts";

/** Options of `assetSensor`. */
export interface AssetSensorOptions extends SensorTaskOptions {
  /** The asset whose update is waited for. */
  readonly asset: Asset;
  /** Updates from this instant on count. Default: from the time on at which the run was due (`runAfter`). */
  readonly since?: (context: TaskContext) => Date;
  /** Default `"poke"`. The triggerer does not know of assets, so that `"defer"` is not possible. */
  readonly mode?: "poke" | "reschedule";
}

/**
 * Adds a task that waits until an asset was updated; the newest update is its output. To start a whole run by an update, use the asset as the
 * DAG's schedule instead.
 *
 * @example
 * assetSensor({ id: "rates_are_new", asset: asset("rates"), mode: "reschedule", interval: "1m", timeout: "6h" });
 */
export function assetSensor({
  asset,
  since = (context) => context.runAfter,
  inlets = [],
  ...options
}: AssetSensorOptions): TaskHandle<AssetEvent> {
  checkOptions(options, { asset: [asset, "object"], since: [since, "function"] }, SENSOR_SETTINGS);
  within(`task "${String(options.id)}"`, () => {
    if ((options.mode as string | undefined) === "defer")
      throw invalidDag('mode: an asset sensor looks by itself, "poke" or "reschedule"; "defer" is not possible.');
  });
  return sensor<AssetEvent>({
    ...options,
    inlets: [asset, ...inlets],
    name: "asset_sensor",
    details: { asset: asset.name },
    poke: async (context) => {
      const [newest] = await context.inletEvents(asset);
      if (newest === undefined || new Date(newest.at) < since(context)) return false;
      return { done: true, value: newest };
    },
  }) as TaskHandle<AssetEvent>;
}
