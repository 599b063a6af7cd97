import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { type CommandHost, does, group, withOutput } from "../cli/command-options.ts";
import { EXIT } from "../cli/exit-codes.ts";
import type { Invocation } from "../cli/invocation.ts";
import { loadLog, onWarehouse, withProject, withWarehouse } from "./df-warehouse.ts";
import { projectFolder } from "./project-folder.ts";

/** `polyflow df models …` */
export function modelsCommand(host: CommandHost): Command {
  const models = group("models", "build views and tables from the queries in metadata/models");
  does(host, withProject(withOutput(models.command("list").description("list models in the order in which they are built"))), list);
  does(
    host,
    withProject(
      withWarehouse(withOutput(models.command("run [model]").description("build one model, or all; exit code 1 when one fails"))),
    ).option("--full-refresh", "build incremental models and snapshots anew"),
    run,
  );
  return models;
}

async function list(invocation: Invocation): Promise<number> {
  const { readModels } = await import("@polyflow/metadata-model");
  const { modelLineage } = await import("@polyflow/loader");
  const project = await readModels(await projectFolder(invocation));
  const lineage = await modelLineage(project);
  const rows = project.models.map((model) => ({
    model: model.name,
    materialized: model.materialized,
    table: `${model.schema}.${model.table}`,
    reads: model.refs,
    columns: (lineage.get(model.name) ?? []).map(
      ({ column, from }) => `${column} ← ${from.map((origin) => `${origin.table}.${origin.column}`).join(", ") || "nothing"}`,
    ),
  }));
  invocation.printRows(rows);
  return EXIT.success;
}

async function run(invocation: Invocation, name = ""): Promise<number> {
  const { readModels } = await import("@polyflow/metadata-model");
  const { buildModels } = await import("@polyflow/loader");
  const projectDir = await projectFolder(invocation);
  const models = await readModels(projectDir);
  const built = await onWarehouse(invocation, (client, systemSchema) =>
    buildModels({
      client,
      models,
      projectDir,
      runId: randomUUID(),
      log: loadLog(invocation),
      systemSchema,
      fullRefresh: invocation.flag("fullRefresh"),
      ...(name === "" ? {} : { only: [name] }),
    }),
  );
  invocation.printRows(
    built.map(({ name: model, target, status, rows, error }) => ({ model, target, status, rows, error: error ?? null })),
  );
  return built.every((model) => model.status === "built") ? EXIT.success : EXIT.failed;
}
