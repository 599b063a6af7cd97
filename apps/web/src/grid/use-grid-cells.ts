import { useQueries, type UseQueryResult } from "@tanstack/react-query";
import type { VirtualItem } from "@tanstack/react-virtual";
import { useCallback } from "react";
import type { UiRunSummary } from "../api/dags.ts";
import { gridCellsQuery, type GridRunCells } from "../api/grid.ts";
import type { VisibleCells } from "./grid-cells.tsx";
import { cellsByPlace } from "./grid-model.ts";

/** Cells of the runs in view, by column. A run that changes is asked for anew alone. */
export function useGridCells(dagId: string, runs: readonly UiRunSummary[], items: readonly VirtualItem[]): VisibleCells {
  const columns = items.filter((item) => item.index < runs.length).map((item) => item.index);
  const first = columns[0] ?? 0;
  // Columns in view stand beside each other, so that the first one tells the others.
  const combine = useCallback(
    (answers: UseQueryResult<GridRunCells | null>[]): VisibleCells =>
      new Map(answers.map(({ data }, index) => [first + index, data === undefined ? undefined : cellsOf(data)])),
    [first],
  );
  return useQueries({ queries: columns.map((column) => gridCellsQuery(dagId, runs[column]?.run_id ?? "")), combine });
}

const NONE: ReturnType<typeof cellsByPlace> = new Map();
const decoded = new WeakMap<GridRunCells, ReturnType<typeof cellsByPlace>>();

/** Each answer is unpacked once. */
function cellsOf(run: GridRunCells | null): ReturnType<typeof cellsByPlace> {
  if (run === null) return NONE;
  const known = decoded.get(run) ?? cellsByPlace(run);
  decoded.set(run, known);
  return known;
}
