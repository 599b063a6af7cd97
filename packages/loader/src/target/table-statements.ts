import type { EntityColumn, EntityDefinition, FlowDefinition } from "@polyflow/metadata-model";
import { identifier, identifiers, literal } from "../sql-text.ts";
import { DELETED_AT_COLUMN, LOADED_AT_COLUMN, LOAD_ID_COLUMN, VALID_FROM_COLUMN, VALID_TO_COLUMN } from "./strategy/write-shape.ts";

/** The columns that Polyflow adds to a table for a flow of this kind. */
export function systemColumns(
  flow: Pick<FlowDefinition, "mode" | "strategy" | "missingRows">,
): readonly { readonly name: string; readonly type: string; readonly isRequired: boolean }[] {
  const columns = [
    { name: LOAD_ID_COLUMN, type: "uuid", isRequired: true },
    { name: LOADED_AT_COLUMN, type: "timestamptz", isRequired: true },
  ];
  if (isHistory(flow)) {
    columns.push({ name: VALID_FROM_COLUMN, type: "timestamptz", isRequired: true });
    columns.push({ name: VALID_TO_COLUMN, type: "timestamptz", isRequired: false });
  } else if (flow.missingRows?.action === "mark") columns.push({ name: DELETED_AT_COLUMN, type: "timestamptz", isRequired: false });
  return columns;
}

export function isHistory(flow: Pick<FlowDefinition, "mode" | "strategy">): boolean {
  return flow.mode === "merge" && flow.strategy === "scd2";
}

/** `create table` of the entity as the flow needs it, and the comments of table and columns. */
export function createTableStatements(flow: FlowDefinition, entity: EntityDefinition, added: readonly EntityColumn[]): readonly string[] {
  const table = identifier(entity.schema, entity.table);
  const all = [...entity.columns, ...added];
  const parts = all.map((column) => `${identifier(column.column)} ${column.physicalType}${column.required ? " not null" : ""}`);
  for (const column of systemColumns(flow)) parts.push(`${column.name} ${column.type}${column.isRequired ? " not null" : ""}`);
  if (isHistory(flow)) parts.push(`primary key (${identifiers(flow.keys)}, ${VALID_FROM_COLUMN})`);
  else {
    if (entity.primaryKey.length > 0) parts.push(`primary key (${identifiers(entity.primaryKey)})`);
    for (const column of entity.columns) if (column.unique) parts.push(`unique (${identifier(column.column)})`);
  }
  const description = entity.description ?? entity.title;
  return [
    `create table ${table} (${parts.join(", ")})`,
    ...(description === undefined ? [] : [`comment on table ${table} is ${literal(description)}`]),
    ...all.flatMap((column) =>
      column.description === undefined ? [] : [`comment on column ${table}.${identifier(column.column)} is ${literal(column.description)}`],
    ),
  ];
}
