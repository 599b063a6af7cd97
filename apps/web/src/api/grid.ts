import type { UiGrid, UiGridCells } from "@polyflow/contracts/wire";
import { queryOptions } from "@tanstack/react-query";
import { get, path, url } from "./http.ts";

export type { UiGrid };
export type GridRunCells = UiGridCells["runs"][number];

/** The newest runs of a process, without their tasks. */
export function gridQuery(dagId: string, limit: number) {
  return queryOptions({
    queryKey: ["grid", dagId, limit],
    queryFn: ({ signal }) => get<UiGrid>(url(`/ui/${path("dags", dagId)}/grid`, { limit }), signal),
  });
}

/** The tasks of one run of the grid. Runs that are asked for at once travel in one request; null when the run is gone. */
export function gridCellsQuery(dagId: string, runId: string) {
  return queryOptions({
    queryKey: ["grid-cells", dagId, runId],
    queryFn: () => askTogether(dagId, runId),
  });
}

/** Most runs of one request. */
const BATCH = 60;
type Answer = GridRunCells | null;
interface Waiting {
  readonly runId: string;
  readonly resolve: (cells: Answer) => void;
  readonly reject: (error: unknown) => void;
}
const waiting = new Map<string, Waiting[]>();

function askTogether(dagId: string, runId: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const line = waiting.get(dagId);
    if (line) line.push({ runId, resolve, reject });
    else {
      waiting.set(dagId, [{ runId, resolve, reject }]);
      queueMicrotask(() => ask(dagId));
    }
  });
}

function ask(dagId: string): void {
  const line = waiting.get(dagId) ?? [];
  waiting.delete(dagId);
  for (let first = 0; first < line.length; first += BATCH) {
    const batch = line.slice(first, first + BATCH);
    get<UiGridCells>(url(`/ui/${path("dags", dagId)}/grid/cells`, { run_id: batch.map((one) => one.runId) })).then(
      ({ runs }) => {
        const byRun = new Map(runs.map((run) => [run.run_id, run]));
        for (const one of batch) one.resolve(byRun.get(one.runId) ?? null);
      },
      (error: unknown) => {
        for (const one of batch) one.reject(error);
      },
    );
  }
}
