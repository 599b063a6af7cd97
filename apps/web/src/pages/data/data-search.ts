import { choiceParam, type RawSearch, textParam } from "../../search-params.ts";
import { type LineageSearch, lineageSearch } from "./lineage/lineage-search.ts";

export const DATA_TABS = ["entities", "sources", "lineage", "rejects", "drift"] as const;
export type DataTab = (typeof DATA_TABS)[number];

/** Where in the catalogue the user is; all of it can be sent as a link. */
export interface DataSearch extends LineageSearch {
  readonly tab?: DataTab | undefined;
  readonly q?: string | undefined;
  /** Of rejects. */
  readonly flow?: string | undefined;
  /** Of rejects and differences. */
  readonly state?: string | undefined;
}

export function dataSearch(search: RawSearch): DataSearch {
  return {
    ...lineageSearch(search),
    tab: choiceParam(search["tab"], DATA_TABS),
    q: textParam(search["q"]),
    flow: textParam(search["flow"]),
    state: choiceParam(search["state"], ["open", "fixed", "replayed", "dismissed", "accepted"]),
  };
}

export const ENTITY_TABS = ["columns", "quality", "loads", "lineage"] as const;
export type EntityTab = (typeof ENTITY_TABS)[number];

export interface EntitySearch {
  readonly tab?: EntityTab | undefined;
}

export function entitySearch(search: RawSearch): EntitySearch {
  return { tab: choiceParam(search["tab"], ENTITY_TABS) };
}

/** What the layout designer opens. */
export interface DesignerSearch {
  readonly project?: string | undefined;
  /** A source that is described already. */
  readonly source?: string | undefined;
}

export function designerSearch(search: RawSearch): DesignerSearch {
  return { project: textParam(search["project"]), source: textParam(search["source"]) };
}
