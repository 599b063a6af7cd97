import { choiceParam, type RawSearch, textParam } from "../../search-params.ts";

export const RUN_TABS = ["tasks", "graph", "gantt", "data", "details"] as const;
export type RunTab = (typeof RUN_TABS)[number];

export interface RunSearch {
  readonly tab?: RunTab | undefined;
  readonly task?: string | undefined;
}

export function runSearch(search: RawSearch): RunSearch {
  return { tab: choiceParam(search["tab"], RUN_TABS), task: textParam(search["task"]) };
}
