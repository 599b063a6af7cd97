import { choiceParam, integerParam, type RawSearch, textParam } from "../../search-params.ts";

export const DAG_TABS = ["graph", "grid", "gantt", "calendar", "durations", "runs", "tasks", "code", "audit", "details"] as const;
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
  /** Version that the code is compared with. */
  readonly compare?: number | undefined;
  /** Year of the calendar; this one without it. */
  readonly year?: number | undefined;
  /** Runs in the grid. */
  readonly limit?: number | undefined;
  /** Filters of the table of runs; days as `YYYY-MM-DD`. */
  readonly state?: "running" | "queued" | "success" | "failed" | undefined;
  readonly type?: string | undefined;
  readonly from?: string | undefined;
  readonly until?: string | undefined;
}

export function dagSearch(search: RawSearch): DagSearch {
  return {
    tab: choiceParam(search["tab"], DAG_TABS),
    run: textParam(search["run"]),
    task: textParam(search["task"]),
    version: integerParam(search["version"]),
    limit: integerParam(search["limit"]),
    state: choiceParam(search["state"], ["running", "queued", "success", "failed"]),
    compare: integerParam(search["compare"]),
    year: integerParam(search["year"]),
    type: textParam(search["type"]),
    from: textParam(search["from"]),
    until: textParam(search["until"]),
  };
}
