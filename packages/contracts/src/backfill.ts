/** What a backfill does with dates that have a run already: leave it, run it again when it failed, run it again whenever it has ended. */
export const REPROCESS_BEHAVIORS = ["none", "failed", "completed"] as const;
export type ReprocessBehavior = (typeof REPROCESS_BEHAVIORS)[number];

/** Why a date of a backfill got no run: its run exists and is not to be run again, is under way, or the backfill was cancelled before. */
export const BACKFILL_SKIP_REASONS = ["already exists", "in flight", "cancelled"] as const;
export type BackfillSkipReason = (typeof BACKFILL_SKIP_REASONS)[number];
