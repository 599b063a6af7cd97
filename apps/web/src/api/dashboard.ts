import type { UiActivity, UiDashboard } from "@polyflow/contracts/wire";
import { queryOptions } from "@tanstack/react-query";
import { get } from "./http.ts";

export type { UiDashboard };

/** Heartbeats change without events, so the dashboard alone asks by the clock, slowly and only while it is looked at. */
const REFETCH_MS = 10_000;

export const dashboardQuery = queryOptions({
  queryKey: ["dashboard"],
  queryFn: ({ signal }) => get<UiDashboard>("/ui/dashboard", signal),
  refetchInterval: REFETCH_MS,
});

export const activityQuery = queryOptions({
  queryKey: ["dashboard", "activity"],
  queryFn: ({ signal }) => get<UiActivity>("/ui/activity", signal),
  refetchInterval: REFETCH_MS,
});
