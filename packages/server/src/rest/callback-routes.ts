import { CALLBACK_STATES, PolyflowError } from "@polyflow/contracts";
import type { CallbackRecord } from "@polyflow/store";
import { z } from "zod";
import { callerOf } from "../access/caller-of.ts";
import { filtered, onDag } from "../access/policy.ts";
import { dagId, mapIndex, runId, runPath, taskId, tryNumber } from "../http/path-params.ts";
import { many, pageSize, paging } from "../http/query.ts";
import type { App } from "../server-context.ts";
import type { RestContext } from "./rest-context.ts";
import { type CallbackAnswer, callbackAnswer, callbackCollection } from "./schemas/callback-schemas.ts";
import { errors } from "./schemas/common.ts";
import { taskLog } from "./schemas/run-schemas.ts";

const tags = ["Callback"];
const base = "/api/v2/dags/:dag_id/dagRuns/:dag_run_id/callbacks/:callback_id";
const path = runPath.extend({ callback_id: z.uuid() });
const logQuery = z.strictObject({
  token: z
    .string()
    .regex(/^lines-\d{1,12}$/, "is no continuation token")
    .optional()
    .meta({ description: "`continuation_token` of the page before." }),
});

/** What was called because of what became of tasks and runs: what came of it, its logs, and another call of one that failed. */
export function addCallbackRoutes(app: App, context: RestContext): void {
  addCallbackList(app, context);
  addCallbackReading(app, context);
  addCallbackRetry(app, context);
}

function addCallbackList(app: App, { store }: RestContext): void {
  app.get(
    "/api/v2/callbacks",
    {
      config: { policy: filtered("read", "Task Instances") },
      schema: {
        tags,
        summary: "List callbacks of tasks, runs and deadlines, newest first",
        querystring: z.strictObject({
          dag_id: dagId.optional(),
          dag_run_id: runId.optional(),
          task_id: taskId.optional(),
          map_index: mapIndex.optional(),
          state: many(z.enum(CALLBACK_STATES)).optional(),
          ...paging,
        }),
        response: { 200: callbackCollection, ...errors.list },
      },
    },
    async (request) => {
      const { dag_id: ofDag, dag_run_id: ofRun, task_id: ofTask, map_index: ofIndex, state: states, limit, offset } = request.query;
      const readableDagIds = callerOf(request).rights.dagIds("read", "Task Instances");
      const page = await store.callbacks.list({
        ...(ofDag === undefined ? {} : { dagId: ofDag }),
        ...(ofRun === undefined ? {} : { runId: ofRun }),
        ...(ofTask === undefined ? {} : { taskId: ofTask }),
        ...(ofIndex === undefined ? {} : { mapIndex: ofIndex }),
        ...(states === undefined ? {} : { states }),
        ...(readableDagIds === undefined ? {} : { readableDagIds }),
        limit: pageSize(limit),
        offset,
      });
      return { callbacks: page.rows.map(view), total_entries: page.total };
    },
  );
}

function addCallbackReading(app: App, { store, logs }: RestContext): void {
  app.get(
    base,
    {
      config: { policy: onDag("read", "Task Instances") },
      schema: { tags, summary: "Get a callback", params: path, response: { 200: callbackAnswer, ...errors.one } },
    },
    async (request) => view(await existing(store, request.params)),
  );

  app.get(
    `${base}/logs/:try_number`,
    {
      config: { policy: onDag("read", "Task Logs") },
      schema: {
        tags,
        summary: "Read the log of an attempt at a callback",
        params: path.extend({ try_number: tryNumber }),
        querystring: logQuery,
        response: { 200: taskLog, ...errors.one },
      },
    },
    async (request) => {
      const { dagId: ofDag, runId: ofRun, callbackId, state, attempts } = await existing(store, request.params);
      const { try_number: attempt } = request.params;
      const after = Number(request.query.token?.slice("lines-".length) ?? 0);
      const page = await logs.read({ dagId: ofDag, runId: ofRun, callbackId, attempt }, after);
      const isOver = !page.more && (state !== "running" || attempt < attempts);
      const content = page.lines.map((line) => ({ timestamp: line.at, event: line.message, level: line.level, logger: line.source }));
      return { content, continuation_token: isOver ? null : `lines-${page.next}` };
    },
  );
}

function addCallbackRetry(app: App, { store }: RestContext): void {
  app.post(
    `${base}/retry`,
    {
      config: { policy: onDag("edit", "Task Instances"), audit: "retry_callback" },
      schema: {
        tags,
        summary: "Have a failed callback called once more",
        params: path,
        response: { 200: callbackAnswer, ...errors.create },
      },
    },
    async (request) => {
      const { callbackId, name, state } = await existing(store, request.params);
      if (await store.callbacks.retry(callbackId)) return view(await existing(store, request.params));
      throw new PolyflowError("transition_refused", `Callback "${name}" is ${state}; only one that has failed can be called once more.`);
    },
  );
}

async function existing(store: RestContext["store"], place: z.infer<typeof path>): Promise<CallbackRecord> {
  const { dag_id: ofDag, dag_run_id: ofRun, callback_id: callbackId } = place;
  const found = await store.callbacks.get({ dagId: ofDag, runId: ofRun, callbackId });
  if (found !== undefined) return found;
  throw new PolyflowError("not_found", `Run "${ofRun}" of DAG "${ofDag}" has no callback ${callbackId}.`);
}

function view(record: CallbackRecord): CallbackAnswer {
  return {
    id: record.callbackId,
    dag_id: record.dagId,
    dag_run_id: record.runId,
    task_id: record.taskId,
    map_index: record.mapIndex,
    kind: record.kind,
    name: record.name,
    deadline: record.deadline,
    task_try_number: record.tryNumber,
    cause_state: record.causeState,
    cause_reason: record.error,
    caused_at: record.causedAt.toISOString(),
    state: record.state,
    attempts: record.attempts,
    next_attempt_at: record.state === "scheduled" ? record.dueAt.toISOString() : null,
    hostname: record.hostname,
    start_date: record.startDate?.toISOString() ?? null,
    end_date: record.endDate?.toISOString() ?? null,
    error: record.state === "success" ? null : record.reason,
  };
}
