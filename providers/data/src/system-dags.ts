import { basename } from "node:path";
import { BULK_CONNECTION_TYPES } from "@polyflow/contracts";
import { populateMssqlSchema, populateSystemSchema, upgradeMssqlSchema, upgradeSystemSchema } from "@polyflow/loader";
import { readProject } from "@polyflow/metadata-model";
import { dag, operator } from "@polyflow/sdk";
import type { Connection, TaskHandle, TaskOptions } from "@polyflow/sdk";
import { systemSchema } from "./system-schema.ts";
import { warehouseClient } from "./warehouse-client.ts";

/** Options of `upgradeDatadb` and `populateDatadb`. */
export interface DatadbOptions extends TaskOptions {
  /** Connection of the warehouse. Default `df`. */
  readonly connection?: string;
}

/** Output of an `upgradeDatadb` task. */
export interface UpgradeSummary {
  readonly schema: string;
  /** Versions before and after; equal when there was nothing to do. */
  readonly from: number;
  readonly to: number;
}

/**
 * Adds a task that builds the system tables of the warehouse, or brings them up to date. Missing rights fail it with the statement that
 * an administrator must run.
 * @example upgradeDatadb({ id: "upgrade" });
 */
export function upgradeDatadb({ connection = "df", ...options }: DatadbOptions): TaskHandle<UpgradeSummary> {
  return operator({
    name: "upgradeDatadb",
    options,
    details: { connection },
    execute: async (_input, context): Promise<UpgradeSummary> => {
      const warehouse = await context.connection(connection);
      const upgrade = await (isMssql(warehouse)
        ? upgradeMssqlSchema(() => context.bulk(warehouse), systemSchema(warehouse))
        : upgradeSystemSchema(warehouseClient(warehouse), systemSchema(warehouse)));
      for (const { version, name } of upgrade.applied) context.log.info(`Applied ${version}: ${name}.`);
      context.log.info(`The system tables in schema ${upgrade.schema} have version ${upgrade.to}.`);
      return { schema: upgrade.schema, from: upgrade.from, to: upgrade.to };
    },
  });
}

/** Output of a `populateDatadb` task: descriptions that are kept now. */
export interface PopulateSummary {
  readonly entities: number;
  readonly sources: number;
  readonly flows: number;
  readonly rules: number;
  /** New or different ones, and those that are gone. */
  readonly changed: number;
  readonly removed: number;
}

/**
 * Adds a task that writes entities, sources, flows and rules of the project's `metadata/` into the system tables.
 * @example populateDatadb({ id: "populate" });
 */
export function populateDatadb({ connection = "df", ...options }: DatadbOptions): TaskHandle<PopulateSummary> {
  return operator({
    name: "populateDatadb",
    options,
    details: { connection },
    execute: async (_input, context): Promise<PopulateSummary> => {
      const metadata = await readProject(context.projectDir);
      const warehouse = await context.connection(connection);
      const into = { project: basename(context.projectDir), systemSchema: systemSchema(warehouse) };
      const { counts } = await (isMssql(warehouse)
        ? populateMssqlSchema(() => context.bulk(warehouse), metadata, into)
        : populateSystemSchema(warehouseClient(warehouse), metadata, into));
      for (const [table, count] of Object.entries(counts)) {
        context.log.info(`${table}: ${count.rows} described, ${count.changed} new or different, ${count.removed} removed.`);
      }
      const all = Object.values(counts);
      return {
        entities: counts.entity.rows,
        sources: counts.source.rows,
        flows: counts.flow.rows,
        rules: counts.quality_rule.rows,
        changed: all.reduce((sum, count) => sum + count.changed, 0),
        removed: all.reduce((sum, count) => sum + count.removed, 0),
      };
    },
  });
}

/**
 * Describes the two system DAGs: `df_upgrade_datadb` builds and upgrades the system tables, `df_populate_datadb` fills them.
 * @example
 * // dags/df-system.ts
 * systemDags();
 */
export function systemDags(options: { readonly connection?: string } = {}): void {
  dag(
    { id: "df_upgrade_datadb", tags: ["system"], description: "Builds the system tables of the warehouse, or brings them up to date" },
    () => void upgradeDatadb({ id: "upgrade", ...options }),
  );
  dag({ id: "df_populate_datadb", tags: ["system"], description: "Writes the project's metadata into the system tables" }, () => {
    upgradeDatadb({ id: "upgrade", ...options }).before(populateDatadb({ id: "populate", ...options }));
  });
}

/** The warehouse with the system tables is PostgreSQL or MS SQL Server; ClickHouse keeps only what its own loads need. */
function isMssql({ type }: Connection): boolean {
  return BULK_CONNECTION_TYPES[type] === "mssql";
}
