import { answerOf } from "@polyflow/api-client";
import { PolyflowError } from "@polyflow/contracts";
import type { ServerConnection } from "./server-connection.ts";
import { withSuggestion } from "./with-suggestion.ts";

/** Id of the newest run of a DAG. @throws PolyflowError `dag_not_found`, `dag_run_not_found` */
export async function newestRun(server: ServerConnection, dagId: string): Promise<string> {
  const params = { path: { dag_id: dagId }, query: { limit: 1, order_by: "-run_after" } } as const;
  const page = await withSuggestion(server, dagId, () => answerOf(server.api.GET("/api/v2/dags/{dag_id}/dagRuns", { params })));
  const newest = page.dag_runs[0];
  if (newest === undefined) throw new PolyflowError("dag_run_not_found", `DAG "${dagId}" has not run yet.`);
  return newest.dag_run_id;
}
