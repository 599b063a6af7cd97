import { choiceParam, integerParam, type RawSearch, textParam } from "../../search-params.ts";

export const DAG_TABS = ["graph", "grid", "runs", "code", "details"] as const;
export type DagTab = (typeof DAG_TABS)[number];

/** Where on a process's page the user is; all of it can be sent as a link. */
export interface DagSearch {
  readonly tab?: DagTab | undefined;
  /** Run whose states the graph shows; the newest without it. */
  readonly run?: string | undefined;
  /** Task whose panel is open. */
  readonly task?: string | undefined;
  /** Version whose code is shown; the newest without it. */
  readonly version?: number | undefined;
  /** Runs in the grid. */
  readonly limit?: number | undefined;
  /** Filter and page of the table of runs. */
  readonly state?: "running" | "queued" | "success" | "failed" | undefined;
  readonly page?: number | undefined;
}

export function dagSearch(search: RawSearch): DagSearch {
  return {
    tab: choiceParam(search["tab"], DAG_TABS),
    run: textParam(search["run"]),
    task: textParam(search["task"]),
    version: integerParam(search["version"]),
    limit: integerParam(search["limit"]),
    state: choiceParam(search["state"], ["running", "queued", "success", "failed"]),
    page: integerParam(search["page"]),
  };
}
