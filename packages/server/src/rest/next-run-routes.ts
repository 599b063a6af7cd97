import { z } from "zod";
import { onDag } from "../access/policy.ts";
import { dagPath } from "../http/path-params.ts";
import { comingRuns } from "../records/coming-runs.ts";
import { existingDag } from "../records/existing-records.ts";
import type { App } from "../server-context.ts";
import type { RestContext } from "./rest-context.ts";
import { errors } from "./schemas/common.ts";

const nextRunCollection = z
  .object({
    next_runs: z.array(
      z.object({
        logical_date: z.string(),
        data_interval_start: z.string(),
        data_interval_end: z.string(),
        run_after: z.string(),
      }),
    ),
    total_entries: z.number().int(),
  })
  .meta({ id: "NextRunCollection" });

/** What comes next by a DAG's timetable. */
export function addNextRunRoutes(app: App, { store, clock }: RestContext): void {
  app.get(
    "/api/v2/dags/:dag_id/nextRuns",
    {
      config: { policy: onDag("read", "DAGs") },
      schema: {
        tags: ["DAG"],
        summary: "List the runs that the DAG's timetable wants next",
        description: "As if each were created on time. A paused DAG gets none of them; one without a schedule has none.",
        params: dagPath,
        querystring: z.object({ limit: z.coerce.number().int().min(1).max(100).default(5) }),
        response: { 200: nextRunCollection, ...errors.one },
      },
    },
    async (request) => {
      const dag = await existingDag(store, request.params.dag_id);
      const runs = comingRuns(dag, new Date(clock.now()), request.query.limit).map((run) => ({
        logical_date: run.logicalDate.toISOString(),
        data_interval_start: run.dataIntervalStart.toISOString(),
        data_interval_end: run.dataIntervalEnd.toISOString(),
        run_after: run.runAfter.toISOString(),
      }));
      return { next_runs: runs, total_entries: runs.length };
    },
  );
}
