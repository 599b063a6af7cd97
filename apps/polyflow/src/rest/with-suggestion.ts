import { answerOf } from "@polyflow/api-client";
import { isPolyflowError, PolyflowError } from "@polyflow/contracts";
import { nearest } from "../cli/nearest.ts";
import { readRows } from "./read-rows.ts";
import type { ServerConnection } from "./server-connection.ts";

/** Does something with a DAG; "there is no such DAG" comes with the names that are like it. */
export async function withSuggestion<Result>(server: ServerConnection, dagId: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!isPolyflowError(error, "dag_not_found")) throw error;
    const dagIds = await readRows(async (query) => {
      const page = await answerOf(server.api.GET("/api/v2/dags", { params: { query } }));
      return { rows: page.dags.map((dag) => dag.dag_id), total: page.total_entries };
    });
    const near = nearest(dagId, dagIds);
    const suggestion = near.length === 0 ? "`polyflow dags list` shows those that exist." : `Did you mean ${near.join(", or ")}?`;
    throw new PolyflowError("dag_not_found", `There is no DAG "${dagId}". ${suggestion}`, { cause: error });
  }
}
