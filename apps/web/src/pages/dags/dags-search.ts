import { choiceParam, type RawSearch, textParam } from "../../search-params.ts";
import type { DagListFilter } from "../../api/dags.ts";

export const SORT_ORDERS = ["dag_id", "-last_run", "next_run"] as const;
export type SortOrder = (typeof SORT_ORDERS)[number];

/** The list's filters as the address keeps them, so that a view can be sent to a colleague. */
export interface DagsSearch {
  readonly q?: string | undefined;
  readonly tag?: string | undefined;
  readonly owner?: string | undefined;
  readonly show?: "active" | "paused" | undefined;
  readonly state?: "running" | "queued" | "success" | "failed" | undefined;
  readonly sort?: SortOrder | undefined;
}

export function dagsSearch(search: RawSearch): DagsSearch {
  return {
    q: textParam(search["q"]),
    tag: textParam(search["tag"]),
    owner: textParam(search["owner"]),
    show: choiceParam(search["show"], ["active", "paused"]),
    state: choiceParam(search["state"], ["running", "queued", "success", "failed"]),
    sort: choiceParam(search["sort"], SORT_ORDERS),
  };
}

export function filterOf(search: DagsSearch): DagListFilter {
  return {
    search: search.q,
    tag: search.tag,
    owner: search.owner,
    paused: search.show === undefined ? undefined : search.show === "paused",
    state: search.state,
    order_by: search.sort ?? "dag_id",
  };
}

export function isNarrowed(search: DagsSearch): boolean {
  const { sort: _sort, ...filters } = search;
  return Object.values(filters).some((value) => value !== undefined);
}
