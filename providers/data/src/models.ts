import { randomUUID } from "node:crypto";
import { buildModels } from "@polyflow/loader";
import { readModels } from "@polyflow/metadata-model";
import { PolyflowError } from "@polyflow/contracts";
import { operator } from "@polyflow/sdk";
import type { TaskHandle, TaskOptions } from "@polyflow/sdk";
import { systemSchema } from "./system-schema.ts";
import { warehouseClient } from "./warehouse-client.ts";

/** Options of `models`. */
export interface ModelsOptions extends TaskOptions {
  /** Names of models; default: all of `metadata/models/`. */
  readonly models?: readonly string[];
  /** Connection of the warehouse. Default `df`. */
  readonly connection?: string;
  /** Build incremental models and snapshots anew. Default false. */
  readonly fullRefresh?: boolean;
}

/** Output of a `models` task. */
export interface ModelsSummary {
  readonly built: readonly string[];
  /** Names of the rules that warned. */
  readonly warnings: readonly string[];
}

/**
 * Adds a task that builds the SQL models of the project in the order of their references. It fails when one of them does; those that do
 * not depend on it are built all the same.
 * @example
 * const loaded = load({ id: "load_sales", flow: "sales" });
 * loaded.before(models({ id: "build" }));
 */
export function models({ models: only, connection = "df", fullRefresh = false, ...options }: ModelsOptions): TaskHandle<ModelsSummary> {
  return operator({
    name: "models",
    options,
    details: { models: only ?? "all", connection, ...(fullRefresh ? { fullRefresh } : {}) },
    execute: async (_input, context): Promise<ModelsSummary> => {
      const { projectDir, log } = context;
      const warehouse = await context.connection(connection);
      const built = await buildModels({
        client: warehouseClient(warehouse),
        models: await readModels(projectDir),
        projectDir,
        runId: randomUUID(),
        log,
        fullRefresh,
        systemSchema: systemSchema(warehouse),
        ...(only === undefined ? {} : { only }),
      });
      const failed = built.filter((model) => model.status !== "built");
      if (failed.length > 0) {
        const list = failed.map((model) => `${model.name} (${model.status}: ${model.error})`);
        throw new PolyflowError("load_failed", `${failed.length} of ${built.length} models were not built: ${list.join("; ")}`);
      }
      return {
        built: built.map((model) => model.name),
        warnings: built.flatMap((model) =>
          model.rules.filter((rule) => rule.status === "warned").map((rule) => `${model.name}.${rule.name}`),
        ),
      };
    },
  });
}
