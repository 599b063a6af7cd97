import { z } from "zod";
import { callerOf } from "../access/caller-of.ts";
import { filtered } from "../access/policy.ts";
import { dagId } from "../http/path-params.ts";
import { paging } from "../http/query.ts";
import type { App } from "../server-context.ts";
import type { RestContext } from "./rest-context.ts";
import { errors } from "./schemas/common.ts";

const missedDeadlineCollection = z
  .object({
    deadlines: z.array(
      z.object({
        id: z.number().int(),
        dag_id: z.string(),
        dag_run_id: z.string(),
        name: z.string(),
        due_at: z.string(),
        missed_at: z.string(),
        run_end_date: z.string().nullable(),
      }),
    ),
    total_entries: z.number().int(),
  })
  .meta({ id: "MissedDeadlineCollection" });

/** Deadlines that runs have missed. */
export function addDeadlineRoutes(app: App, { store }: RestContext): void {
  app.get(
    "/api/v2/deadlines",
    {
      config: { policy: filtered("read", "DAG Runs") },
      schema: {
        tags: ["DagRun"],
        summary: "List the deadlines that runs have missed, newest first",
        querystring: z.strictObject({ dag_id: dagId.optional(), ...paging }),
        response: { 200: missedDeadlineCollection, ...errors.list },
      },
    },
    async (request) => {
      const { dag_id: wanted, limit, offset } = request.query;
      const readableDagIds = callerOf(request).rights.dagIds("read", "DAG Runs");
      const { rows, total } = await store.runs.listMissedDeadlines({
        limit,
        offset,
        ...(wanted === undefined ? {} : { dagId: wanted }),
        ...(readableDagIds === undefined ? {} : { readableDagIds }),
      });
      const deadlines = rows.map((row) => ({
        id: row.deadlineId,
        dag_id: row.dagId,
        dag_run_id: row.runId,
        name: row.name,
        due_at: row.dueAt.toISOString(),
        missed_at: row.missedAt.toISOString(),
        run_end_date: row.runEndDate?.toISOString() ?? null,
      }));
      return { deadlines, total_entries: total };
    },
  );
}
