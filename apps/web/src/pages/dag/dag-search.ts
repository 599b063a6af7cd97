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
  /** Values that the start form opens with. The form only: no address starts a run. */
  readonly conf?: Readonly<Record<string, unknown>> | undefined;
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
    conf: confParam(search),
  };
}

const NAMED = "param.";

/** `?conf={"limit":25}`, or single values as `?param.limit=25`, which go before. */
function confParam(search: RawSearch): DagSearch["conf"] {
  const named = Object.entries(search).filter(([name]) => name.startsWith(NAMED));
  const whole = search["conf"];
  const isObject = typeof whole === "object" && whole !== null && !Array.isArray(whole);
  if (!isObject && named.length === 0) return undefined;
  return { ...(isObject ? whole : {}), ...Object.fromEntries(named.map(([name, value]) => [name.slice(NAMED.length), value])) };
}

/** Without the values of the start form, however they were written: the router keeps parameters that no page names. */
export function withoutConf<Search extends DagSearch>(search: Search): Search {
  const kept = Object.entries(search).filter(([name]) => name !== "conf" && !name.startsWith(NAMED));
  // What was left out is optional.
  return Object.fromEntries(kept) as Search;
}
