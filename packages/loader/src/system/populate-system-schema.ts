import type { ProjectMetadata } from "@polyflow/metadata-model";
import type { Client, ClientConfig } from "pg";
import { identifier } from "../sql-text.ts";
import { migrateSystemSchema } from "../target/system-schema.ts";
import { tableName } from "../target/target-table.ts";
import { withClient } from "./with-client.ts";

/** How many descriptions are in the system tables now, and how many of them are new or different. */
export interface PopulatedSchema {
  readonly project: string;
  readonly counts: { readonly [table in MetadataTable]: { readonly rows: number; readonly changed: number; readonly removed: number } };
}

export type MetadataTable = "entity" | "entity_column" | "source" | "source_field" | "flow" | "quality_rule";

/** One description, as the system tables keep it. */
export interface Described {
  readonly name: string;
  readonly parent: string;
  readonly position: number;
  readonly definition: object;
}

/**
 * Writes what a project's `metadata/` describes into the system tables, where reports and the catalogue find it. What the project no
 * longer describes is removed; what is equal stays untouched. All in one transaction.
 * @param options.project name under which the descriptions are kept, so that several projects may share a warehouse
 */
export function populateSystemSchema(
  config: string | ClientConfig,
  metadata: ProjectMetadata,
  options: { readonly project: string; readonly systemSchema?: string },
): Promise<PopulatedSchema> {
  const systemSchema = options.systemSchema ?? "df";
  return withClient(config, async (client) => {
    await migrateSystemSchema(client, systemSchema);
    await client.query("begin");
    try {
      await client.query("select pg_advisory_xact_lock(hashtextextended($1, 3))", [`polyflow:populate:${systemSchema}:${options.project}`]);
      const counts: Partial<Record<MetadataTable, PopulatedSchema["counts"][MetadataTable]>> = {};
      for (const [table, rows] of descriptions(metadata)) {
        counts[table] = await writeDescriptions(client, { schema: identifier(systemSchema), table, project: options.project, rows });
      }
      await client.query("commit");
      return { project: options.project, counts: counts as PopulatedSchema["counts"] }; // oxlint-disable-line typescript/no-unsafe-type-assertion -- the loop has filled all of them
    } catch (error) {
      await client.query("rollback");
      throw error;
    }
  });
}

/** All that a project describes, by the table that keeps it. */
export function descriptions({ entities, sources, flows }: ProjectMetadata): readonly (readonly [MetadataTable, readonly Described[]])[] {
  const all = [...entities.values()];
  return [
    [
      "entity",
      all.map(({ columns: _columns, rules: _rules, ...entity }, position) => ({
        name: entity.ref,
        parent: "",
        position,
        definition: { ...entity, target: tableName({ ...entity, columns: [], rules: [] }) },
      })),
    ],
    [
      "entity_column",
      all.flatMap((entity) =>
        entity.columns.map((column, position) => ({ name: column.column, parent: entity.ref, position, definition: column })),
      ),
    ],
    [
      "source",
      [...sources.values()].map(({ fields: _fields, ...source }, position) => ({
        name: source.name,
        parent: "",
        position,
        definition: source,
      })),
    ],
    [
      "source_field",
      [...sources.values()].flatMap((source) =>
        source.fields.map((field, position) => ({ name: field.name, parent: source.name, position, definition: field })),
      ),
    ],
    ["flow", [...flows.values()].map((flow, position) => ({ name: flow.name, parent: "", position, definition: flow }))],
    [
      "quality_rule",
      all.flatMap((entity) => entity.rules.map((rule, position) => ({ name: rule.name, parent: entity.ref, position, definition: rule }))),
    ],
  ];
}

async function writeDescriptions(
  client: Client,
  to: { readonly schema: string; readonly table: MetadataTable; readonly project: string; readonly rows: readonly Described[] },
): Promise<PopulatedSchema["counts"][MetadataTable]> {
  const { schema, table, project, rows } = to;
  const changed = await client.query(
    `insert into ${schema}.${table} as t (project, parent, name, position, definition)
     select $1, d.parent, d.name, d.position, d.definition
       from jsonb_to_recordset($2::jsonb) as d(parent text, name text, position integer, definition jsonb)
     on conflict (project, parent, name) do update set position = excluded.position, definition = excluded.definition, changed_at = clock_timestamp()
      where t.definition is distinct from excluded.definition or t.position <> excluded.position`,
    [project, JSON.stringify(rows)],
  );
  const removed = await client.query(
    `delete from ${schema}.${table} t where project = $1 and not exists (
       select from jsonb_to_recordset($2::jsonb) as d(parent text, name text) where d.parent = t.parent and d.name = t.name)`,
    [project, JSON.stringify(rows.map(({ parent, name }) => ({ parent, name })))],
  );
  return { rows: rows.length, changed: changed.rowCount ?? 0, removed: removed.rowCount ?? 0 };
}
