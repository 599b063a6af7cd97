import { PolyflowError } from "@polyflow/contracts";
import { editMetadata, readFlow } from "@polyflow/metadata-model";
import type { EntityColumn, FieldType, LogicalType, MetadataEdit, ResolvedFlow } from "@polyflow/metadata-model";
import type { Client } from "pg";
import { listDrift } from "../catalogue/drift-records.ts";
import type { DriftRecord } from "../catalogue/drift-records.ts";
import { familyOf } from "../cast/type-family.ts";
import { identifier } from "../sql-text.ts";
import { tableExists, tableName } from "../target/target-table.ts";

export interface DriftDecision {
  readonly client: Client;
  /** @default "df" */
  readonly systemSchema?: string;
  readonly projectDir: string;
  readonly driftId: number;
  /** For a changed type that no load has found a wider one for. */
  readonly physicalType?: string;
}

/** What accepting a difference has changed. */
export interface AcceptedDrift {
  readonly drift: DriftRecord;
  /** YAML files, relative to the project. */
  readonly files: readonly string[];
  readonly statements: readonly string[];
}

/**
 * Makes a difference the rule: changes the description of source, entity and flow, and the table, so that the next load finds nothing
 * unexpected. The YAML is put back if the table cannot be changed.
 * @throws PolyflowError `not_found`, `request_invalid`, `metadata_invalid`, `load_failed`
 */
export async function acceptDrift(decision: DriftDecision): Promise<AcceptedDrift> {
  const { client, projectDir, systemSchema = "df" } = decision;
  const drift = await openDrift(decision);
  const resolved = await readFlow(projectDir, drift.flow);
  const { edit, statement } = consequences(drift, resolved, decision.physicalType);
  const edited = edit === undefined ? undefined : await editMetadata(projectDir, resolved, edit);
  const statements = statement !== undefined && (await tableExists(client, resolved.entity)) ? [statement] : [];
  try {
    await client.query("begin");
    for (const sql of statements) await client.query(sql);
    await setState(client, systemSchema, { driftId: drift.driftId, state: "accepted" });
    await client.query("commit");
  } catch (error) {
    await client.query("rollback");
    await edited?.restore();
    throw new PolyflowError(
      "load_failed",
      `The table cannot be changed: ${error instanceof Error ? error.message : String(error)}. The description is as it was.`,
      {
        cause: error,
      },
    );
  }
  return { drift, files: edited?.files ?? [], statements };
}

/** Takes a difference off the list without changing anything; the next load that meets it lists it anew. */
export async function dismissDrift(decision: Pick<DriftDecision, "client" | "systemSchema" | "driftId">): Promise<DriftRecord> {
  const drift = await openDrift(decision);
  await setState(decision.client, decision.systemSchema ?? "df", { driftId: drift.driftId, state: "dismissed" });
  return drift;
}

async function openDrift({
  client,
  systemSchema = "df",
  driftId,
}: Pick<DriftDecision, "client" | "systemSchema" | "driftId">): Promise<DriftRecord> {
  const [drift] = await listDrift({ client, schema: identifier(systemSchema) }, { driftId });
  if (drift === undefined)
    throw new PolyflowError("not_found", `There is no difference ${driftId}. \`polyflow df drift list\` shows those that are open.`);
  if (drift.state === "open") return drift;
  throw new PolyflowError("request_invalid", `The difference ${driftId} has been ${drift.state} already.`);
}

async function setState(client: Client, systemSchema: string, to: { readonly driftId: number; readonly state: string }): Promise<void> {
  await client.query(`update ${identifier(systemSchema)}.drift set state = $2, decided_at = clock_timestamp() where drift_id = $1`, [
    to.driftId,
    to.state,
  ]);
}

interface Consequences {
  readonly edit?: MetadataEdit;
  readonly statement?: string;
}

function consequences(drift: DriftRecord, { entity }: ResolvedFlow, physicalType: string | undefined): Consequences {
  const table = tableName(entity);
  const column = identifier(drift.column);
  switch (drift.kind) {
    case "file_column_new":
      return {
        edit: { kind: "add_column", column: drift.column },
        statement: `alter table ${table} add column if not exists ${column} text`,
      };
    case "file_column_missing":
      return { edit: { kind: "remove_field", column: drift.column } };
    case "table_column_missing":
      return { statement: `alter table ${table} add column if not exists ${column} ${drift.before ?? "text"}` };
    case "type_changed": {
      const found = entity.columns.find((item) => item.column === drift.column);
      const type = physicalType ?? (drift.action === "type_widened" ? (drift.after ?? undefined) : undefined);
      if (type === undefined) {
        throw new PolyflowError(
          "request_invalid",
          `No load has tried a wider type for ${drift.column} (its cells are ${drift.after}). Say which one: --type numeric, --type text …`,
        );
      }
      return {
        edit: typeEdit(drift.column, type, found),
        statement: `alter table ${table} alter column ${column} type ${type} using ${column}::${type}`,
      };
    }
  }
}

/** What may stand where a type stands in SQL. */
const TYPE = /^[a-z][a-z0-9 ]*(\(\d+(,\s*\d+)?\))?$/i;

function typeEdit(column: string, physicalType: string, found: EntityColumn | undefined): MetadataEdit {
  if (!TYPE.test(physicalType))
    throw new PolyflowError("request_invalid", `"${physicalType}" is not a type of PostgreSQL; write one like numeric or text.`);
  const { kind } = familyOf(physicalType);
  const words: { readonly [kind: string]: readonly [LogicalType, FieldType] } = {
    integer: ["integer", "integer"],
    number: ["number", "number"],
    text: ["string", "string"],
    boolean: ["boolean", "boolean"],
  };
  const [logicalType, fieldType] = words[kind] ?? [found?.logicalType ?? "string", "string"];
  return { kind: "change_type", column, physicalType, logicalType, fieldType };
}
