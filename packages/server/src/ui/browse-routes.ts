import { DAG_RUN_STATES, DAG_RUN_TYPES, TASK_INSTANCE_STATES, type Resource } from "@polyflow/contracts";
import { uiAuditPage, uiRunPage, uiTaskPage, uiWaitPage, uiXComPage } from "@polyflow/contracts/wire";
import type { BrowseQuery } from "@polyflow/store";
import { z } from "zod";
import { callerOf } from "../access/caller-of.ts";
import { filtered, globally } from "../access/policy.ts";
import type { Rights } from "../access/rights.ts";
import { dagId } from "../http/path-params.ts";
import { instantInput, many } from "../http/query.ts";
import type { App, ServerContext } from "../server-context.ts";
import { auditRow, runRow, taskRow, waitRow, xcomRow } from "./browse-view.ts";

const text = z.string().max(250).optional();
const page = {
  from: instantInput.optional(),
  until: instantInput.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  after: z.string().max(4000).optional(),
};
const ofRuns = { dag: text, dag_id: dagId.optional(), run: text, ...page };
type PageQuery = { readonly [Name in "dag" | "dag_id" | "run" | "from" | "until" | "after"]?: string | undefined } & {
  readonly limit: number;
};

/** Lists over all DAGs that the caller may see, newest first; a page says where the next begins, and nothing is counted. */
export function addUiBrowseRoutes(app: App, context: ServerContext): void {
  addRunBrowsing(app, context);
  addTaskBrowsing(app, context);
  addWaitBrowsing(app, context);
  addXComBrowsing(app, context);
  addAuditBrowsing(app, context);
}

function addRunBrowsing(app: App, { store }: ServerContext): void {
  app.get(
    "/browse/runs",
    {
      config: { policy: filtered("read", "DAG Runs") },
      schema: {
        hide: true,
        querystring: z.strictObject({
          ...ofRuns,
          state: many(z.enum(DAG_RUN_STATES)).optional(),
          type: many(z.enum(DAG_RUN_TYPES)).optional(),
          user: text,
        }),
        response: { 200: uiRunPage },
      },
    },
    async (request) => {
      const { state, type, user, ...rest } = request.query;
      const query = { ...browseQuery(rest, callerOf(request).rights, "DAG Runs"), ...given({ states: state, types: type, user }) };
      const { rows, next } = await store.browse.pageRuns(query);
      return { runs: rows.map(runRow), next };
    },
  );
}

function addTaskBrowsing(app: App, { store }: ServerContext): void {
  app.get(
    "/browse/task-instances",
    {
      config: { policy: filtered("read", "Task Instances") },
      schema: {
        hide: true,
        querystring: z.strictObject({
          ...ofRuns,
          state: many(z.enum(TASK_INSTANCE_STATES)).optional(),
          task: text,
          pool: text,
          queue: text,
          operator: text,
        }),
        response: { 200: uiTaskPage },
      },
    },
    async (request) => {
      const { state, task, pool, queue, operator, ...rest } = request.query;
      const query = {
        ...browseQuery(rest, callerOf(request).rights, "Task Instances"),
        ...given({ states: state, task, pool, queue, operator }),
      };
      const { rows, next } = await store.browse.pageTaskInstances(query);
      return { task_instances: rows.map(taskRow), next };
    },
  );
}

function addWaitBrowsing(app: App, { store }: ServerContext): void {
  app.get(
    "/browse/waits",
    {
      config: { policy: filtered("read", "Task Instances") },
      schema: {
        hide: true,
        querystring: z.strictObject({
          ...ofRuns,
          state: many(z.enum(["deferred", "up_for_reschedule", "up_for_retry"])).optional(),
          task: text,
        }),
        response: { 200: uiWaitPage },
      },
    },
    async (request) => {
      const { state, task, ...rest } = request.query;
      const query = { ...browseQuery(rest, callerOf(request).rights, "Task Instances"), ...given({ states: state, task }) };
      const { rows, next } = await store.browse.pageWaits(query);
      return { waits: rows.map(waitRow), next };
    },
  );
}

function addXComBrowsing(app: App, { store }: ServerContext): void {
  app.get(
    "/browse/xcoms",
    {
      config: { policy: filtered("read", "XComs") },
      schema: { hide: true, querystring: z.strictObject({ ...ofRuns, task: text, key: text }), response: { 200: uiXComPage } },
    },
    async (request) => {
      const { task, key, ...rest } = request.query;
      const query = { ...browseQuery(rest, callerOf(request).rights, "XComs"), ...given({ task, key }) };
      const { rows, next } = await store.browse.pageXComs(query);
      return { xcoms: rows.map(xcomRow), next };
    },
  );
}

function addAuditBrowsing(app: App, { store }: ServerContext): void {
  app.get(
    "/browse/audit",
    {
      config: { policy: globally("read", "Audit Logs") },
      schema: {
        hide: true,
        querystring: z.strictObject({ user: text, event: text, dag: text, ...page }),
        response: { 200: uiAuditPage },
      },
    },
    async (request) => {
      const { user, event, dag, from, until, limit, after } = request.query;
      const query = { ...given({ username: user, event, dag, after, from: dateOf(from), until: dateOf(until) }), limit };
      const { rows, next } = await store.browse.pageAudit(query);
      return { entries: rows.map(auditRow), next };
    },
  );
}

function browseQuery(query: PageQuery, rights: Rights, resource: Resource): BrowseQuery {
  const { dag, dag_id: only, run, from, until, limit, after } = query;
  const readable = rights.dagIds("read", resource);
  // One DAG whole by its id, if it may be read.
  const readableDagIds = only === undefined ? readable : readable === undefined || readable.includes(only) ? [only] : [];
  return {
    ...given({ readableDagIds, dag, run, from: dateOf(from), until: dateOf(until), after }),
    limit,
  };
}

function dateOf(instant: string | undefined): Date | undefined {
  return instant === undefined ? undefined : new Date(instant);
}

/** Only the fields that were given: an optional field is there or not, never undefined. */
function given<Fields extends object>(fields: Fields): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  const kept: { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } = { ...fields } as never;
  for (const [name, value] of Object.entries(fields)) if (value === undefined) Reflect.deleteProperty(kept, name);
  return kept;
}
