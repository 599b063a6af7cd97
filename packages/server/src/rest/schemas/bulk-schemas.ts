import { z } from "zod";

const MOST_ENTITIES = 10_000;
const onMissing = z.enum(["fail", "skip"]).default("fail");

/** Airflow's body of a bulk change: actions one after the other. `name`: of the kind, for the document. */
export function bulkBody<Entity extends z.ZodType>(name: string, entity: Entity) {
  const entities = z.array(entity).max(MOST_ENTITIES);
  const create = z.strictObject({
    action: z.literal("create"),
    entities,
    action_on_existence: z.enum(["fail", "skip", "overwrite"]).default("fail"),
  });
  const update = z.strictObject({ action: z.literal("update"), entities, action_on_non_existence: onMissing });
  const remove = z.strictObject({
    action: z.literal("delete"),
    entities: z.array(z.union([z.string(), entity])).max(MOST_ENTITIES),
    action_on_non_existence: onMissing,
  });
  return z
    .strictObject({ actions: z.array(z.discriminatedUnion("action", [create, update, remove])).max(100) })
    .meta({ id: `BulkBody_${name}_` });
}

const bulkAction = z
  .object({
    success: z.array(z.string()),
    errors: z.array(z.object({ name: z.string(), error: z.string(), status_code: z.int() })),
  })
  .meta({ id: "BulkActionResponse" });
export type BulkActionAnswer = z.infer<typeof bulkAction>;

export const bulkAnswer = z
  .object({ create: bulkAction.nullable(), update: bulkAction.nullable(), delete: bulkAction.nullable() })
  .meta({ id: "BulkResponse" });
