import { PolyflowError } from "@polyflow/contracts";
import type { AuditFilter, AuditRecord } from "@polyflow/store";
import { z } from "zod";
import { globally } from "../access/policy.ts";
import { pageSize, paging } from "../http/query.ts";
import type { App } from "../server-context.ts";
import type { RestContext } from "./rest-context.ts";
import { eventLog, eventLogCollection } from "./schemas/admin-schemas.ts";
import { errors } from "./schemas/common.ts";

const text = z.string().max(250).optional();
const query = z.strictObject({
  event: text,
  owner: text,
  dag_id: text,
  run_id: text,
  task_id: text,
  order_by: z.enum(["when", "-when"]).default("-when"),
  ...paging,
});

/** The audit log: who did what, when, from where. */
export function addEventLogRoutes(app: App, { store }: RestContext): void {
  app.get(
    "/api/v2/eventLogs",
    {
      config: { policy: globally("read", "Audit Logs") },
      schema: {
        tags: ["Event Log"],
        summary: "List audit rows",
        querystring: query,
        response: { 200: eventLogCollection, ...errors.list },
      },
    },
    async (request) => {
      const page = await store.identity.pageAudit(filterOf(request.query));
      return { event_logs: page.rows.map(view), total_entries: page.total };
    },
  );

  app.get(
    "/api/v2/eventLogs/:event_log_id",
    {
      config: { policy: globally("read", "Audit Logs") },
      schema: {
        tags: ["Event Log"],
        summary: "Get an audit row",
        params: z.object({ event_log_id: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER) }),
        response: { 200: eventLog, ...errors.one },
      },
    },
    async (request) => {
      const auditId = request.params.event_log_id;
      const [found] = (await store.identity.pageAudit({ auditId, limit: 1, offset: 0 })).rows;
      if (found === undefined) throw new PolyflowError("not_found", `There is no audit row ${auditId}.`);
      return view(found);
    },
  );
}

function filterOf(asked: z.infer<typeof query>): AuditFilter {
  return {
    ...(asked.event === undefined ? {} : { event: asked.event }),
    ...(asked.owner === undefined ? {} : { username: asked.owner }),
    ...(asked.dag_id === undefined ? {} : { dagId: asked.dag_id }),
    ...(asked.run_id === undefined ? {} : { runId: asked.run_id }),
    ...(asked.task_id === undefined ? {} : { taskId: asked.task_id }),
    orderBy: asked.order_by,
    limit: pageSize(asked.limit),
    offset: asked.offset,
  };
}

function view(row: AuditRecord): z.infer<typeof eventLog> {
  return {
    event_log_id: row.auditId,
    when: row.at.toISOString(),
    dag_id: row.dagId,
    dag_display_name: row.dagId,
    task_id: row.taskId,
    task_display_name: row.taskId,
    run_id: row.runId,
    map_index: null,
    try_number: null,
    event: row.event,
    logical_date: null,
    owner: row.username,
    extra: JSON.stringify({ ...row.details, remote_address: row.remoteAddress }),
  };
}
