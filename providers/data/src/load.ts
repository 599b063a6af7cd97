import { randomUUID } from "node:crypto";
import { runLoad } from "@polyflow/loader";
import { readFlow } from "@polyflow/metadata-model";
import { operator } from "@polyflow/sdk";
import type { TaskHandle, TaskOptions } from "@polyflow/sdk";
import { warehouseClient } from "./warehouse-client.ts";

/** Options of `load`. */
export interface LoadOptions extends TaskOptions {
  /** Name of the flow: `metadata/flows/*.flow.yaml` of the project says what goes where. */
  readonly flow: string;
  /** Load even if the file has not changed since it was loaded. Default false. */
  readonly force?: boolean;
}

/** Output of a `load` task: what became of the records. */
export interface LoadSummary {
  readonly loadId: string;
  /** `repeated`: the file had been loaded already, and nothing was done. */
  readonly status: "loaded" | "repeated";
  /** `schema.table` */
  readonly table: string;
  readonly read: number;
  readonly loaded: number;
  readonly rejected: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  /** Rows in the table afterwards. */
  readonly rows: number;
  /** Names of the rules that warned. */
  readonly warnings: readonly string[];
}

const clock = { now: () => Date.now(), monotonicMs: () => performance.now() };

/**
 * Adds a task that loads the file of a flow into its entity: typed, checked, merged, with bad records set aside.
 * The interface shows its counts, rejects and rule results. The task fails when a rule of severity `error` does, when too many records
 * are rejected, or when the file cannot be read; the table is then as it was.
 *
 * @example
 * const airports = load({ id: "load_airports", flow: "airports", retries: 1 });
 * report({ rows: airports.get("rows") });
 */
export function load({ flow: flowName, force = false, ...options }: LoadOptions): TaskHandle<LoadSummary> {
  return operator({
    name: "load",
    options,
    details: { flow: flowName, ...(force ? { force } : {}) },
    execute: async (_input, context): Promise<LoadSummary> => {
      const resolved = await readFlow(context.projectDir, flowName);
      const connection = await context.connection(resolved.flow.connection);
      const { report, failure } = await runLoad({
        ...resolved,
        projectDir: context.projectDir,
        target: { connection: connection.connectionId, client: warehouseClient(connection) },
        loadId: randomUUID(),
        log: context.log,
        clock,
        signal: context.signal,
        force,
      });
      await context.reportLoad(report);
      if (failure !== undefined || report.status === "failed") throw failure ?? new Error(report.error);
      const { rows, target } = report;
      return {
        loadId: report.loadId,
        status: report.status,
        table: `${target.schema}.${target.table}`,
        read: rows.read,
        loaded: rows.loaded,
        rejected: rows.rejected,
        inserted: rows.inserted,
        updated: rows.updated,
        unchanged: rows.unchanged,
        rows: rows.target,
        warnings: report.rules.filter((rule) => rule.status === "warned").map((rule) => rule.name),
      };
    },
  });
}
