import type { Clock } from "@polyflow/service-kit";
import type { ChangeFeed } from "./change-feed.ts";
import type { Database } from "./database.ts";
import type { ClaimsAhead } from "./execution/claimed-ahead.ts";
import type { MapOutputCache } from "./execution/map-output-cache.ts";
import type { SpecCache } from "./spec-cache.ts";
import type { XComValues } from "./xcoms/xcom-values.ts";

/** What all parts of the store share. */
export interface StoreContext {
  readonly database: Database;
  readonly feed: ChangeFeed;
  readonly specs: SpecCache;
  readonly mapOutputs: MapOutputCache;
  readonly claimsAhead: ClaimsAhead;
  readonly clock: Clock;
  readonly xcoms: XComValues;
}

/** The time that rows get: the process's clock, so that tests own it. */
export function nowOf(context: StoreContext): Date {
  return new Date(context.clock.now());
}
