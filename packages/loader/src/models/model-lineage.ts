import { PolyflowError } from "@polyflow/contracts";
import { modelSql } from "@polyflow/metadata-model";
import type { ProjectModels } from "@polyflow/metadata-model";
import { identifier } from "../sql-text.ts";
import { selectColumns } from "./select-columns.ts";
import type { LineageColumn } from "./select-columns.ts";

/**
 * For each model its columns and the columns of tables that each is computed from, found by PostgreSQL's own parser. Conditions and
 * orders are no origins. A `*` of a table whose columns nobody has described stays `*`.
 * @throws PolyflowError `metadata_invalid` when a query is not valid SQL
 * @example (await modelLineage(await readModels(projectDir))).get("sales_by_day");
 */
export async function modelLineage({ models, tables }: ProjectModels): Promise<ReadonlyMap<string, readonly LineageColumn[]>> {
  // the parser is PostgreSQL's own, compiled: it takes 130 MB of addresses, which a process that only loads should not have to count
  const { parse } = await import("libpg-query");
  const known = new Map<string, readonly string[]>();
  for (const { schema, table, columns } of tables.values()) if (columns !== undefined) known.set(`${schema}.${table}`, columns);
  const lineage = new Map<string, readonly LineageColumn[]>();
  for (const model of models) {
    const sql = modelSql(model, tables, { isIncremental: false, quote: (schema, table) => identifier(schema, table) });
    let tree: unknown;
    try {
      tree = await parse(sql);
    } catch (error) {
      throw new PolyflowError(
        "metadata_invalid",
        `${model.file}: the query is not valid: ${error instanceof Error ? error.message : String(error)}`,
        {
          cause: error,
        },
      );
    }
    const columns = selectColumns(tree, known);
    lineage.set(model.name, columns);
    if (columns.every(({ column }) => column !== "*"))
      known.set(
        `${model.schema}.${model.table}`,
        columns.map(({ column }) => column),
      );
  }
  return lineage;
}
