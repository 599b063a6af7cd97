import type { WriteShape } from "@polyflow/loader";
import { PolyflowError } from "@polyflow/contracts";
import type { EntityDefinition } from "@polyflow/metadata-model";

/** What is brought where. */
export interface PublishPlan {
  readonly entity: EntityDefinition;
  readonly mode: "replace" | "append" | "merge";
  readonly target: readonly [schema: string, table: string];
  /** A UUID that every row carries in `_load_id`. */
  readonly loadId: string;
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
