import { BACKFILL_SKIP_REASONS, DAG_RUN_STATES, REPROCESS_BEHAVIORS } from "@polyflow/contracts";
import { z } from "zod";
import { dagId } from "../../http/path-params.ts";
import { instantInput } from "../../http/query.ts";
import { instant, jsonObject, maybeInstant, maybeText } from "./common.ts";

const reprocessBehavior = z.enum(REPROCESS_BEHAVIORS).meta({ id: "ReprocessBehavior" });
/** More active runs than this are no limit any more. */
const MOST_ACTIVE_RUNS = 1000;

export const backfillBody = z
  .strictObject({
    dag_id: dagId,
    from_date: instantInput,
    to_date: instantInput,
    run_backwards: z.boolean().default(false),
    dag_run_conf: jsonObject.nullish(),
    reprocess_behavior: reprocessBehavior.default("none"),
    max_active_runs: z.int().min(1).max(MOST_ACTIVE_RUNS).default(10),
    run_on_latest_version: z.boolean().default(true),
  })
  .meta({ id: "BackfillPostBody" });
export type BackfillBody = z.infer<typeof backfillBody>;

export const backfill = z
  .object({
    id: z.int(),
    dag_id: z.string(),
    dag_display_name: z.string(),
    from_date: instant,
    to_date: instant,
    dag_run_conf: jsonObject,
    is_paused: z.boolean(),
    reprocess_behavior: reprocessBehavior,
    max_active_runs: z.int(),
    run_backwards: z.boolean(),
    run_on_latest_version: z.boolean(),
    triggering_user_name: maybeText,
    created_at: instant,
    updated_at: instant,
    completed_at: maybeInstant,
    pending_dates: z.int().meta({ description: "Dates whose run is still to be made." }),
    skipped_dates: z.int().meta({ description: "Dates that got no run; `…/dates` says why." }),
    dag_runs: z.partialRecord(z.enum(DAG_RUN_STATES), z.int()).meta({ description: "Runs of the backfill by state." }),
  })
  .meta({ id: "BackfillResponse" });
export type BackfillAnswer = z.infer<typeof backfill>;
export const backfillCollection = z
  .object({ backfills: z.array(backfill), total_entries: z.int() })
  .meta({ id: "BackfillCollectionResponse" });

const skipReason = z.enum(BACKFILL_SKIP_REASONS);
const dryRunDate = z
  .object({ logical_date: instant, action: z.enum(["create", "reprocess"]), partition_key: z.null(), partition_date: z.null() })
  .meta({ id: "DryRunBackfillResponse" });
export const dryRunBackfill = z
  .object({
    backfills: z.array(dryRunDate),
    total_entries: z.int(),
    skipped: z.array(z.object({ logical_date: instant, reason: skipReason })),
  })
  .meta({ id: "DryRunBackfillCollectionResponse" });
export type DryRunBackfillAnswer = z.infer<typeof dryRunBackfill>;

export const backfillDates = z
  .object({
    dates: z.array(
      z.object({
        logical_date: instant,
        dag_run_id: maybeText,
        state: z.enum(DAG_RUN_STATES).nullable(),
        skip_reason: skipReason.nullable(),
      }),
    ),
    total_entries: z.int(),
  })
  .meta({ id: "BackfillDateCollectionResponse" });
