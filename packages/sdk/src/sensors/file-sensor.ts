import { glob, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { checkOptions } from "../check-options.ts";
import type { TaskHandle } from "../task-handle.ts";
import { sensor } from "./sensor.ts";
import { SENSOR_SETTINGS, type SensorTaskOptions } from "./sensor-settings.ts";

/** Options of `fileSensor`. */
export interface FileSensorOptions extends SensorTaskOptions {
  /**
   * A file, a folder or a pattern with `*`, `**`, `?`, `{a,b}`; relative to the project's folder. Jinja templates are rendered:
   * `"inbox/orders_{{ ds_nodash }}_*.csv"`.
   */
  readonly path: string;
  /** A folder counts only when a file lies in it or below it. Default false: an empty folder is enough. */
  readonly recursive?: boolean;
  /** A file counts only when nobody has written to it for so many milliseconds: it is not half written. Default 0. */
  readonly quietMs?: number;
}

/**
 * Adds a task that waits for a file of the worker's machine. Its output is the list of paths that were found, sorted.
 * @example fileSensor({ id: "orders", path: "inbox/orders_{{ ds_nodash }}*.csv", mode: "defer", interval: "10s", timeout: "6h" });
 */
export function fileSensor({ path, recursive = false, quietMs = 0, ...options }: FileSensorOptions): TaskHandle<readonly string[]> {
  checkOptions(options, { path: [path, "text"], recursive: [recursive, "flag"], quietMs: [quietMs, "number"] }, SENSOR_SETTINGS);
  return sensor<readonly string[], Readonly<Record<never, never>>, { readonly path: string }>({
    ...options,
    name: "file_sensor",
    details: { path },
    fields: { path },
    poke: async (context, _input, fields) => {
      const found: string[] = [];
      const limit = context.now().getTime() - quietMs;
      for await (const name of glob(fields.path, { cwd: context.projectDir })) {
        const full = resolve(context.projectDir, name);
        if (await counts(full, { recursive, limit })) found.push(full);
      }
      if (found.length === 0) return false;
      context.log.info(`Found ${found.length === 1 ? String(found[0]) : `${found.length} files`}.`);
      return { done: true, value: found.sort() };
    },
  });
}

async function counts(path: string, rule: { readonly recursive: boolean; readonly limit: number }): Promise<boolean> {
  const facts = await stat(path).catch(ignoreMissing);
  if (facts === undefined) return false;
  if (!facts.isDirectory()) return facts.mtimeMs <= rule.limit;
  if (!rule.recursive) return true;
  for await (const entry of glob("**/*", { cwd: path })) {
    const inside = await stat(resolve(path, entry)).catch(ignoreMissing);
    if (inside?.isFile() === true && inside.mtimeMs <= rule.limit) return true;
  }
  return false;
}

/** It went away between two looks. */
function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}
