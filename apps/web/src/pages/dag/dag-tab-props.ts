import type { UiDag } from "../../api/dags.ts";
import type { DagSearch } from "./dag-search.ts";

/** What every tab gets: the process, the address and the way to change it. */
export interface DagTabProps {
  readonly dag: UiDag;
  readonly search: DagSearch;
  readonly change: (part: DagSearch) => void;
}
