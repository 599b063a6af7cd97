import type { ChangeEvent } from "@polyflow/contracts";
import type { QueryKey } from "@tanstack/react-query";

/**
 * Which cached queries a change makes stale, as key prefixes; null: all of them.
 * Lists of processes are named by `["dags"]`; the caller drops those that do not show the process (see `concernsPage`).
 */
export function affectedQueries(event: ChangeEvent): readonly QueryKey[] | null {
  switch (event.kind) {
    case "resync":
      return null;
    case "import_errors":
      return [["dag-facets"], ["dashboard"], ["importErrors"]];
    case "dag":
    case "dag_removed":
      return [["dags"], ["dag-facets"], ["dag", event.dagId], ["structure", event.dagId], ["versions", event.dagId], ["dashboard"]];
    case "run":
      return [
        ["dags"],
        ["dag", event.dagId],
        ["grid", event.dagId],
        ["calendar", event.dagId],
        ["run", event.dagId, event.runId],
        ["browse", "runs"],
        ["browse", "deadlines"],
        ["dashboard"],
      ];
    case "task_instance":
      return [
        ["dags"],
        ["dag", event.dagId],
        ["grid-cells", event.dagId, event.runId],
        ["run", event.dagId, event.runId],
        ["xcom", event.dagId, event.runId, event.taskId],
        ["rendered", event.dagId, event.runId, event.taskId],
        ["waiting", event.dagId, event.runId],
        ["browse", "task-instances"],
        ["browse", "waits"],
        ["browse", "dead-letters"],
        ["pools"],
        ["dashboard"],
      ];
    case "asset_event":
      return [["assets"], ["asset", event.assetId]];
    case "backfill":
      return [["backfills"], ["dag", event.dagId]];
    case "load_report":
      return [["loads", event.dagId, event.runId]];
  }
}

/** Does a cached page of the process list show what changed? New and removed processes and import errors concern every page. */
export function concernsPage(event: ChangeEvent, page: { readonly dags: readonly { readonly dag_id: string }[] } | undefined): boolean {
  if (page === undefined || (event.kind !== "run" && event.kind !== "task_instance")) return true;
  return page.dags.some((dag) => dag.dag_id === event.dagId);
}

/** Reads the data of a `change` event; null when it is none of the kinds known to this release. */
export function parseChange(data: string): ChangeEvent | null {
  const value: unknown = JSON.parse(data);
  if (typeof value !== "object" || value === null || !("kind" in value)) return null;
  const known = ["dag", "dag_removed", "import_errors", "run", "task_instance", "backfill", "asset_event", "load_report", "resync"];
  return known.includes(String(value.kind)) ? (value as ChangeEvent) : null;
}
