import type { UiViews } from "@polyflow/contracts/wire";
import { queryOptions } from "@tanstack/react-query";
import { get, path, send } from "./http.ts";

export type SavedView = UiViews["views"][number];

/** Lists whose views users can keep. */
export type ViewPage = "dags" | "runs" | "tasks";

export function viewsQuery(page: ViewPage) {
  return queryOptions({
    queryKey: ["views", page],
    queryFn: ({ signal }) => get<UiViews>(`/ui/${path("views", page)}`, signal),
  });
}

/** Keeps the query part of the page's address under a name; replaces a view of that name. */
export function saveView(page: ViewPage, { name, query }: SavedView): Promise<unknown> {
  return send("PUT", `/ui/${path("views", page, name)}`, { query });
}

export function deleteView(page: ViewPage, name: string): Promise<unknown> {
  return send("DELETE", `/ui/${path("views", page, name)}`);
}
