import { choiceParam, type RawSearch, textParam } from "../../search-params.ts";
import type { DagListFilter } from "../../api/dags.ts";

export const SORT_ORDERS = ["dag_id", "-dag_id", "-last_run", "last_run", "next_run", "-next_run"] as const;
export type SortOrder = (typeof SORT_ORDERS)[number];
export const LIST_STATES = ["running", "queued", "success", "failed", "none"] as const;

/** The list's filters as the address keeps them, so that a view can be sent to a colleague. */
export interface DagsSearch {
  readonly q?: string | undefined;
  /** Several tags, separated by commas: processes with at least one of them. */
  readonly tag?: string | undefined;
  readonly owner?: string | undefined;
  readonly project?: string | undefined;
  readonly show?: "active" | "paused" | "favourite" | undefined;
  readonly state?: (typeof LIST_STATES)[number] | undefined;
  readonly sort?: SortOrder | undefined;
}

export function dagsSearch(search: RawSearch): DagsSearch {
  return {
    q: textParam(search["q"]),
    tag: textParam(search["tag"]),
    owner: textParam(search["owner"]),
    project: textParam(search["project"]),
    show: choiceParam(search["show"], ["active", "paused", "favourite"]),
    state: choiceParam(search["state"], LIST_STATES),
    sort: choiceParam(search["sort"], SORT_ORDERS),
  };
}

export function tagsOf({ tag }: DagsSearch): readonly string[] {
  return tag === undefined ? [] : tag.split(",").filter((one) => one !== "");
}

export function filterOf(search: DagsSearch): DagListFilter {
  const tags = tagsOf(search);
  return {
    search: search.q,
    tag: tags.length === 0 ? undefined : tags,
    owner: search.owner,
    project: search.project,
    paused: search.show === "active" || search.show === "paused" ? search.show === "paused" : undefined,
    favourite: search.show === "favourite" ? true : undefined,
    state: search.state,
    order_by: search.sort ?? "dag_id",
  };
}

export function isNarrowed(search: DagsSearch): boolean {
  const { sort: _sort, ...filters } = search;
  return Object.values(filters).some((value) => value !== undefined);
}
