import { answerOf } from "@polyflow/api-client";
import { readRows } from "../rest/read-rows.ts";
import type { ServerConnection } from "../rest/server-connection.ts";

/** A pool as the API tells it, in slots. */
export interface Pool {
  readonly name: string;
  readonly slots: number;
  readonly description: string | null;
  readonly include_deferred: boolean;
  readonly open_slots: number;
  readonly running_slots: number;
  readonly queued_slots: number;
  readonly scheduled_slots: number;
  readonly deferred_slots: number;
}

export function allPools({ api }: ServerConnection): Promise<readonly Pool[]> {
  return readRows(async (query) => {
    const page = await answerOf(api.GET("/api/v2/pools", { params: { query } }));
    return { rows: page.pools, total: page.total_entries };
  });
}
