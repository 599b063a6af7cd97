import { type Finding, observeWarehouse, upgradeSystemSchema, withClient } from "@polyflow/loader";
import { checkOptions, FailTask, operator } from "@polyflow/sdk";
import type { TaskHandle, TaskOptions } from "@polyflow/sdk";
import { openPolyflowApi } from "./polyflow-api.ts";
import { systemSchema } from "./system-schema.ts";
import { warehouseClient } from "./warehouse-client.ts";

/** Options of `observe`. */
export interface ObserveOptions extends TaskOptions {
  /** Connection of the warehouse. Default `df`. */
  readonly connection?: string;
  /** HTTP connection to Polyflow itself: then failed runs are found too. Default: they are not looked for. */
  readonly api?: string;
  /** Failures of so many hours back are told. Default 24. */
  readonly hours?: number;
  /** A flow that has loaded nothing for longer is stale. Default 48. */
  readonly staleAfterHours?: number;
  /** Loads whose rows differ by more percent from the median of those before are told. Default 50. */
  readonly volumePercent?: number;
  /** What makes the task fail, so that a callback can tell people: findings of severity `error`, any, or none (default). */
  readonly failOn?: "error" | "any" | "none";
}

/** What an `observe` task tells. */
export interface Observation {
  readonly errors: number;
  readonly warnings: number;
  readonly findings: readonly (Omit<Finding, "kind"> & { readonly kind: Finding["kind"] | "failed_run" })[];
}

const HOUR_MS = 3_600_000;

/**
 * Adds a task that looks after the loads: failed ones, flows without fresh data, unusual volumes, quality rules that did not pass, rejects
 * and differences that wait for a person; with `api` also failed runs. Its output is the list of findings.
 * @example const seen = observe({ id: "observe", staleAfterHours: 30, failOn: "error" });
 */
export function observe(given: ObserveOptions): TaskHandle<Observation> {
  const { connection = "df", api, hours = 24, staleAfterHours = 48, volumePercent = 50, failOn = "none", ...options } = given;
  checkOptions(options, {
    connection: [connection, "text"],
    api: [api, "text", "optional"],
    hours: [hours, "number"],
    staleAfterHours: [staleAfterHours, "number"],
    volumePercent: [volumePercent, "number"],
    failOn: [failOn, ["error", "any", "none"]],
  });
  return operator({
    name: "observe",
    options,
    details: { connection, hours, staleAfterHours, volumePercent, failOn, ...(api === undefined ? {} : { api }) },
    execute: async (_input, context): Promise<Observation> => {
      const warehouse = await context.connection(connection);
      const client = warehouseClient(warehouse);
      const schema = systemSchema(warehouse);
      await upgradeSystemSchema(client, schema);
      const limits = { hours, staleAfterHours, volumePercent };
      const findings: Observation["findings"][number][] = [
        ...(await withClient(client, (session) => observeWarehouse({ client: session, systemSchema: schema, ...limits }))),
      ];
      if (api !== undefined) {
        const after = context.now().getTime() - hours * HOUR_MS;
        const runs = await (await openPolyflowApi(await context.connection(api), context.signal)).listRuns(["failed"]);
        for (const { dag_id: dagId, dag_run_id: runId, end_date: ended } of runs) {
          if (ended === null || Date.parse(ended) < after) continue;
          findings.unshift({
            kind: "failed_run",
            severity: "error",
            about: dagId,
            message: `Run ${runId} of ${dagId} failed at ${ended}.`,
          });
        }
      }
      for (const { severity, message } of findings) context.log[severity](message);
      const errors = findings.filter(({ severity }) => severity === "error").length;
      const warnings = findings.length - errors;
      context.log.info(`${errors} errors, ${warnings} warnings.`);
      if ((failOn === "error" && errors > 0) || (failOn === "any" && findings.length > 0))
        throw new FailTask(`${errors} errors and ${warnings} warnings were found. The first: ${findings[0]?.message}`);
      return { errors, warnings, findings };
    },
  });
}
