import { choiceParam, integerParam, type RawSearch, textParam } from "../../../search-params.ts";

/** The last one stands for all. */
export const LINEAGE_STEPS = [0, 1, 2, 3, 5, 99] as const;
/** Steps around a node when somebody asks for its surroundings. */
export const FIRST_STEPS = 2;

/** Where in the graph the user is; all of it can be sent as a link. */
export interface LineageSearch {
  readonly node?: string | undefined;
  readonly column?: string | undefined;
  readonly up?: number | undefined;
  readonly down?: number | undefined;
  readonly processes?: "off" | undefined;
  readonly view?: "table" | undefined;
}

export function lineageSearch(search: RawSearch): LineageSearch {
  return {
    node: textParam(search["node"]),
    column: textParam(search["column"]),
    up: stepsParam(search["up"]),
    down: stepsParam(search["down"]),
    processes: choiceParam(search["processes"], ["off"]),
    view: choiceParam(search["view"], ["table"]),
  };
}

function stepsParam(value: unknown): number | undefined {
  const count = integerParam(value);
  return count === undefined ? undefined : Math.max(0, count);
}
