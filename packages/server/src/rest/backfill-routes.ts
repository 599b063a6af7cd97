import { type Action, PolyflowError } from "@polyflow/contracts";
import type { BackfillRecord } from "@polyflow/store";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { callerOf } from "../access/caller-of.ts";
import { filtered, type RightPolicy } from "../access/policy.ts";
import { dryRunOf, plannedBackfill } from "../backfills/planned-backfill.ts";
import { dagId } from "../http/path-params.ts";
import { flag, pageSize, paging } from "../http/query.ts";
import { existingActiveDag } from "../records/existing-records.ts";
import type { App } from "../server-context.ts";
import type { RestContext } from "./rest-context.ts";
import {
  backfill,
  backfillBody,
  type BackfillAnswer,
  backfillCollection,
  backfillDates,
  dryRunBackfill,
} from "./schemas/backfill-schemas.ts";
import { errors } from "./schemas/common.ts";

const tags = ["Backfill"];
const path = z.object({ backfill_id: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER) });

/** A right on the DAG that the body names. */
function onDagOfBody(action: Action, resource: "Backfills" | "DAG Runs"): RightPolicy {
  return {
    action,
    resource,
    dagId: ({ body }) =>
      typeof body === "object" && body !== null && "dag_id" in body && typeof body.dag_id === "string" ? body.dag_id : "",
  };
}

/** Backfills: ranges of dates whose runs are made, or made again, within a limit of their own. */
export function addBackfillRoutes(app: App, context: RestContext): void {
  addBackfillReading(app, context);
  addBackfillCreation(app, context);
  addBackfillSteering(app, context);
}

function addBackfillReading(app: App, context: RestContext): void {
  const { store } = context;
  app.get(
    "/api/v2/backfills",
    {
      config: { policy: filtered("read", "Backfills") },
      schema: {
        tags,
        summary: "List backfills, newest first",
        querystring: z.strictObject({ dag_id: dagId.optional(), active: flag.optional(), ...paging }),
        response: { 200: backfillCollection, ...errors.list },
      },
    },
    async (request) => {
      const { dag_id: wanted, active, limit, offset } = request.query;
      const readableDagIds = callerOf(request).rights.dagIds("read", "Backfills");
      const page = await store.backfills.listBackfills({
        ...(wanted === undefined ? {} : { dagId: wanted }),
        ...(active === undefined ? {} : { isActive: active }),
        ...(readableDagIds === undefined ? {} : { readableDagIds }),
        limit: pageSize(limit),
        offset,
      });
      return { backfills: await Promise.all(page.rows.map((row) => view(context, row))), total_entries: page.total };
    },
  );

  app.get(
    "/api/v2/backfills/:backfill_id",
    {
      config: { policy: filtered("read", "Backfills") },
      schema: { tags, summary: "Get a backfill", params: path, response: { 200: backfill, ...errors.one } },
    },
    async (request) => view(context, await existing(context, request, request.params.backfill_id)),
  );

  app.get(
    "/api/v2/backfills/:backfill_id/dates",
    {
      config: { policy: [filtered("read", "Backfills"), filtered("read", "DAG Runs")] },
      schema: {
        tags,
        summary: "List the dates of a backfill, with the run of each or why it has none",
        params: path,
        querystring: z.strictObject(paging),
        response: { 200: backfillDates, ...errors.one },
      },
    },
    async (request) => {
      const { backfillId, dagId: owner } = await existing(context, request, request.params.backfill_id);
      requireRight(request, "read", owner);
      const page = { limit: pageSize(request.query.limit), offset: request.query.offset };
      const { rows, total } = await store.backfills.listBackfillDates(backfillId, page);
      const dates = rows.map((row) => ({
        logical_date: row.logicalDate.toISOString(),
        dag_run_id: row.runId,
        state: row.state,
        skip_reason: row.skipReason,
      }));
      return { dates, total_entries: total };
    },
  );
}

function addBackfillCreation(app: App, context: RestContext): void {
  const { store } = context;
  const policy = [onDagOfBody("create", "Backfills"), onDagOfBody("create", "DAG Runs")];
  app.post(
    "/api/v2/backfills",
    {
      config: { policy, audit: "create_backfill" },
      schema: { tags, summary: "Start a backfill", body: backfillBody, response: { 200: backfill, ...errors.create } },
    },
    async (request) => {
      const dag = await existingActiveDag(store, request.body.dag_id);
      const planned = plannedBackfill(dag, request.body, { caller: callerOf(request), ...context });
      if (planned.dates.length === 0) {
        throw new PolyflowError(
          "request_invalid",
          `The schedule of DAG "${dag.dagId}" has no date in this range, so that nothing would run.`,
        );
      }
      const created = await store.backfills.createBackfill(planned);
      request.auditDetails = auditOf(created);
      return view(context, created);
    },
  );

  app.post(
    "/api/v2/backfills/dry_run",
    {
      config: { policy, audit: "dry_run_backfill" },
      schema: {
        tags,
        summary: "What a backfill would do for each date, and why it would leave others alone",
        body: backfillBody,
        response: { 200: dryRunBackfill, ...errors.create },
      },
    },
    async (request) => {
      const dag = await existingActiveDag(store, request.body.dag_id);
      const planned = plannedBackfill(dag, request.body, { caller: callerOf(request), ...context });
      const dates = planned.dates.map((date) => date.logicalDate);
      return dryRunOf(planned, await store.backfills.runStatesAt(dag.dagId, dates));
    },
  );
}

function addBackfillSteering(app: App, context: RestContext): void {
  const { backfills } = context.store;
  const actions: readonly {
    readonly name: "pause" | "unpause" | "cancel";
    readonly summary: string;
    readonly act: (backfillId: number) => Promise<BackfillRecord | undefined>;
  }[] = [
    { name: "pause", summary: "Pause a backfill: running runs go on, no other starts", act: (id) => backfills.setBackfillPaused(id, true) },
    { name: "unpause", summary: "Go on with a paused backfill", act: (id) => backfills.setBackfillPaused(id, false) },
    { name: "cancel", summary: "Cancel a backfill: running runs go on, queued ones fail", act: (id) => backfills.cancelBackfill(id) },
  ];
  for (const { name, summary, act } of actions) {
    app.put(
      `/api/v2/backfills/:backfill_id/${name}`,
      {
        config: { policy: filtered("edit", "Backfills"), audit: `${name}_backfill` },
        schema: { tags, summary, params: path, response: { 200: backfill, ...errors.create } },
      },
      async (request) => {
        const { backfillId, dagId: owner } = await existing(context, request, request.params.backfill_id);
        requireRight(request, "edit", owner);
        const changed = await act(backfillId);
        if (changed === undefined) throw new PolyflowError("transition_refused", `Backfill ${backfillId} is completed already.`);
        request.auditDetails = auditOf(changed);
        return view(context, changed);
      },
    );
  }
}

/** A backfill that the caller may see; one of a foreign DAG is as good as none. */
async function existing({ store }: RestContext, request: FastifyRequest, backfillId: number): Promise<BackfillRecord> {
  const found = await store.backfills.getBackfill(backfillId);
  if (found !== undefined && callerOf(request).rights.onDag("read", "Backfills", found.dagId)) return found;
  throw new PolyflowError("backfill_not_found", `There is no backfill ${backfillId}.`);
}

function requireRight(request: FastifyRequest, action: Action, owner: string): void {
  const { rights } = callerOf(request);
  const resource = action === "read" ? "DAG Runs" : "Backfills";
  if (rights.onDag(action, resource, owner)) return;
  throw new PolyflowError("not_allowed", `You need the right to ${action} ${resource} here. An administrator can grant it.`);
}

function auditOf({ backfillId, dagId: owner, reprocess, conf }: BackfillRecord) {
  return { backfill_id: backfillId, dag_id: owner, reprocess_behavior: reprocess, conf_keys: Object.keys(conf) };
}

async function view({ store }: RestContext, record: BackfillRecord): Promise<BackfillAnswer> {
  const dag = await store.dags.getDag(record.dagId);
  return {
    id: record.backfillId,
    dag_id: record.dagId,
    dag_display_name: dag?.displayName ?? record.dagId,
    from_date: record.fromDate.toISOString(),
    to_date: record.toDate.toISOString(),
    dag_run_conf: { ...record.conf },
    is_paused: record.isPaused,
    reprocess_behavior: record.reprocess,
    max_active_runs: record.maxActiveRuns,
    run_backwards: record.runBackwards,
    run_on_latest_version: record.runOnLatestVersion,
    triggering_user_name: record.triggeringUser,
    created_at: record.createdAt.toISOString(),
    updated_at: record.updatedAt.toISOString(),
    completed_at: record.completedAt?.toISOString() ?? null,
    pending_dates: record.pendingDates,
    skipped_dates: record.skippedDates,
    dag_runs: { ...record.runs },
  };
}
