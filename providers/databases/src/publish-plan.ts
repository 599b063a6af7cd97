import type { WriteShape } from "@polyflow/loader";
import { PolyflowError } from "@polyflow/contracts";
import type { EntityColumn, EntityDefinition } from "@polyflow/metadata-model";

/** What is brought where. */
export interface PublishPlan {
  readonly entity: EntityDefinition;
  readonly mode: "replace" | "append" | "merge";
  readonly target: readonly [schema: string, table: string];
  /** A UUID that every row carries in `_load_id`. */
  readonly loadId: string;
}

/** A type of PostgreSQL, as the entity writes it, and what it is elsewhere. */
export type TypeTable = readonly (readonly [RegExp, string])[];

/**
 * @throws PolyflowError `metadata_invalid` for a type that would lose digits
 */
export function typeIn(types: TypeTable, column: EntityColumn, database: string): string {
  const written = column.physicalType.trim().toLowerCase();
  const found = types.find(([pattern]) => pattern.test(written));
  if (found !== undefined) return written.replace(found[0], found[1]);
  throw new PolyflowError(
    "metadata_invalid",
    `The column ${column.column} is ${column.physicalType}, which has no equal in ${database}. Give a numeric its digits, as in numeric(18,2).`,
  );
}

/** The write as the dialects know it. */
export function shapeOf(plan: PublishPlan, more: Pick<WriteShape, "incoming" | "at">): WriteShape {
  const { entity, mode, target, loadId } = plan;
  const columns = entity.columns.map(({ column }) => column);
  if (mode === "merge" && entity.primaryKey.length === 0)
    throw new PolyflowError("metadata_invalid", `The entity ${entity.ref} has no primary key to merge by.`);
  return {
    strategy: mode === "merge" ? "upsert" : mode,
    target,
    columns,
    compared: columns.filter((column) => !entity.primaryKey.includes(column)),
    comparedAsText: [],
    keys: entity.primaryKey,
    partitionBy: [],
    onlyChanged: true,
    within: [],
    loadId,
    ...more,
  };
}
