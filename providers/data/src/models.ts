import { randomUUID } from "node:crypto";
import { buildModels, modelLineage, modelReport } from "@polyflow/loader";
import type { BuiltModel } from "@polyflow/loader";
import { readModels } from "@polyflow/metadata-model";
import type { ProjectModels } from "@polyflow/metadata-model";
import { PolyflowError } from "@polyflow/contracts";
import { operator } from "@polyflow/sdk";
import type { TaskContext, TaskHandle, TaskOptions } from "@polyflow/sdk";
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
      const project = await readModels(projectDir);
      const [runId, startedAt] = [randomUUID(), Date.now()];
      const built = await buildModels({
        client: warehouseClient(warehouse),
        models: project,
        projectDir,
        runId,
        log,
        fullRefresh,
        systemSchema: systemSchema(warehouse),
        ...(only === undefined ? {} : { only }),
      });
      await report(context, { project, built, connection, runId, startedAt });
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

interface BuiltProject {
  readonly project: ProjectModels;
  readonly built: readonly BuiltModel[];
  readonly connection: string;
  readonly runId: string;
  readonly startedAt: number;
}

/** Models that were built or failed are shown, and told to whoever gathers lineage, as loads are. */
async function report(context: TaskContext, { project, built, ...facts }: BuiltProject): Promise<void> {
  const lineage = await modelLineage(project);
  const finishedAt = Date.now();
  for (const each of built) {
    const model = project.models.find(({ name }) => name === each.name);
    if (model === undefined || each.status === "skipped") continue;
    await context.reportLoad(modelReport({ model, built: each, lineage: lineage.get(each.name) ?? [], finishedAt, ...facts }));
  }
}
