import { choiceParam, integerParam, type RawSearch } from "../../search-params.ts";

export const TASK_TABS = ["log", "data", "rendered", "details"] as const;
export type TaskTab = (typeof TASK_TABS)[number];

export interface TaskSearch {
  readonly tab?: TaskTab | undefined;
  /** Number of the try; the newest without it. */
  readonly try?: number | undefined;
  /** Index of a mapped task instance; -1 or missing: not mapped. */
  readonly map?: number | undefined;
}

export function taskSearch(search: RawSearch): TaskSearch {
  return { tab: choiceParam(search["tab"], TASK_TABS), try: integerParam(search["try"]), map: integerParam(search["map"]) };
}
