import { queryOptions } from "@tanstack/react-query";
import { get, path, send, url } from "./http.ts";

export interface Backfill {
  readonly id: number;
  readonly dag_id: string;
  readonly dag_display_name: string;
  readonly from_date: string;
  readonly to_date: string;
  readonly is_paused: boolean;
  readonly reprocess_behavior: Reprocess;
  readonly max_active_runs: number;
  readonly run_backwards: boolean;
  readonly triggering_user_name: string | null;
  readonly created_at: string;
  readonly completed_at: string | null;
  /** Dates whose run is still to be made. */
  readonly pending_dates: number;
  readonly skipped_dates: number;
  readonly dag_runs: Readonly<Partial<Record<"queued" | "running" | "success" | "failed", number>>>;
}

export type Reprocess = "none" | "failed" | "completed";

export interface BackfillOrder {
  readonly dag_id: string;
  readonly from_date: string;
  readonly to_date: string;
  readonly run_backwards: boolean;
  readonly reprocess_behavior: Reprocess;
  readonly max_active_runs: number;
}

export interface BackfillPreview {
  readonly backfills: readonly { readonly logical_date: string; readonly action: "create" | "reprocess" }[];
  readonly skipped: readonly { readonly logical_date: string; readonly reason: string }[];
}

export interface BackfillDate {
  readonly logical_date: string;
  readonly dag_run_id: string | null;
  readonly state: string | null;
  readonly skip_reason: string | null;
}

export function backfillsQuery(dagId: string | undefined) {
  return queryOptions({
    queryKey: ["backfills", dagId ?? ""],
    queryFn: ({ signal }) => get<{ backfills: readonly Backfill[] }>(url("/api/v2/backfills", { dag_id: dagId, limit: 200 }), signal),
  });
}

export function backfillDatesQuery(backfillId: number) {
  return queryOptions({
    queryKey: ["backfills", "dates", backfillId],
    queryFn: ({ signal }) =>
      get<{ dates: readonly BackfillDate[] }>(url(`/api/v2/${path("backfills", backfillId, "dates")}`, { limit: 500 }), signal),
  });
}

export function previewBackfill(order: BackfillOrder): Promise<BackfillPreview> {
  return send("POST", "/api/v2/backfills/dry_run", order);
}

export function createBackfill(order: BackfillOrder): Promise<Backfill> {
  return send("POST", "/api/v2/backfills", order);
}

export function steerBackfill(backfillId: number, action: "pause" | "unpause" | "cancel"): Promise<Backfill> {
  return send("PUT", `/api/v2/${path("backfills", backfillId, action)}`);
}
