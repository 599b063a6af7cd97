import type { JobRecord } from "@polyflow/store";
import { z } from "zod";
import { globally } from "../access/policy.ts";
import { cutPage, flag, paging } from "../http/query.ts";
import { isAlive } from "../records/component-health.ts";
import type { App } from "../server-context.ts";
import type { RestContext } from "./rest-context.ts";
import { type job, jobCollection } from "./schemas/installation-schemas.ts";
import { errors } from "./schemas/common.ts";

/** So many workers are looked at, newest first. */
const MOST_WORKERS = 2000;
/** Airflow's names of job types. */
const JOB_TYPES = {
  scheduler: "SchedulerJob",
  dag_processor: "DagProcessorJob",
  triggerer: "TriggererJob",
  worker: "LocalTaskJob",
} as const;

/** The components that run or ran, as Airflow lists jobs. */
export function addJobRoutes(app: App, { store, clock }: RestContext): void {
  app.get(
    "/api/v2/jobs",
    {
      config: { policy: globally("read", "Jobs") },
      schema: {
        tags: ["Job"],
        summary: "List components and workers",
        querystring: z.strictObject({
          is_alive: flag.optional(),
          job_state: z.string().max(50).optional(),
          job_type: z.string().max(50).optional(),
          hostname: z.string().max(500).optional(),
          ...paging,
        }),
        response: { 200: jobCollection, ...errors.list },
      },
    },
    async (request) => {
      const { is_alive: alive, job_state: state, job_type: type, hostname } = request.query;
      const found = (await store.browse.listJobs(MOST_WORKERS))
        .map((record) => view(record, clock.now()))
        .filter(
          (row) =>
            (alive === undefined || alive === (row.state === "running")) &&
            (state === undefined || state === row.state) &&
            (type === undefined || type === row.job_type) &&
            (hostname === undefined || hostname === row.hostname),
        );
      return { jobs: [...cutPage(found, request.query)], total_entries: found.length };
    },
  );
}

function view(record: JobRecord, nowMs: number): z.infer<typeof job> {
  return {
    id: record.id,
    dag_id: null,
    dag_display_name: null,
    state: stateOf(record, nowMs),
    job_type: JOB_TYPES[record.kind],
    start_date: record.startDate?.toISOString() ?? null,
    end_date: record.endDate?.toISOString() ?? null,
    latest_heartbeat: record.latestHeartbeat?.toISOString() ?? null,
    executor_class: record.kind === "worker" ? record.name : null,
    hostname: record.hostname ?? record.name,
    unixname: null,
  };
}

/** Who has left in order has succeeded; who fell silent has failed. */
function stateOf(record: JobRecord, nowMs: number): "running" | "success" | "failed" {
  if (record.endDate !== null) return "success";
  return record.latestHeartbeat !== null && isAlive(record.latestHeartbeat, nowMs) ? "running" : "failed";
}
