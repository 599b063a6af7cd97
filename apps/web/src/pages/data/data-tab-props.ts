import type { DataSearch } from "./data-search.ts";

/** What every tab gets: the address and the way to change it. */
export interface DataTabProps {
  readonly search: DataSearch;
  readonly change: (part: DataSearch) => void;
}
