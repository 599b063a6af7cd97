import { z } from "zod";
import { bulkBody } from "./bulk-schemas.ts";
import { maybeText, unusedUnless } from "./common.ts";

const MOST_SLOTS = 2_000_000_000;
export const poolName = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[^\p{Cc}]+$/u, "holds control characters");
const slots = z
  .int()
  .min(-1)
  .max(MOST_SLOTS)
  .meta({ description: "How many slots may be taken at once; 0 stops what is in the pool, -1 is without end." });

export const pool = z
  .object({
    name: z.string(),
    slots: z.int(),
    description: maybeText,
    include_deferred: z.boolean(),
    occupied_slots: z.int(),
    running_slots: z.int(),
    queued_slots: z.int(),
    scheduled_slots: z.int(),
    open_slots: z.int(),
    deferred_slots: z.int(),
    team_name: maybeText,
  })
  .meta({ id: "PoolResponse" });
export const poolCollection = z.object({ pools: z.array(pool), total_entries: z.int() }).meta({ id: "PoolCollectionResponse" });

export const poolBody = z
  .strictObject({
    name: poolName,
    slots,
    description: z.string().max(5000).nullish(),
    include_deferred: z.boolean().default(false),
    team_name: unusedUnless(null),
  })
  .meta({ id: "PoolBody" });
export type PoolBody = z.infer<typeof poolBody>;

export const poolPatchBody = z
  .strictObject({
    pool: poolName.nullish(),
    slots: slots.nullish(),
    description: z.string().max(5000).nullish(),
    include_deferred: z.boolean().nullish(),
    team_name: unusedUnless(null),
  })
  .meta({ id: "PoolPatchBody" });

export const poolBulkBody = bulkBody("PoolBody", poolBody);
