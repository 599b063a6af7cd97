import type { AuditEntry, AuditFilter, AuditRecord, IdentityStore, Page } from "@polyflow/store";
import { pagingText } from "../paging.ts";
import { statement } from "../statement.ts";
import { nowOf, type StoreContext } from "../store-context.ts";

export const AUDIT_COLUMNS = `audit_id as "auditId", at, username, remote_address as "remoteAddress", event, dag_id as "dagId", run_id as "runId",
  task_id as "taskId", details`;

/** Parameters: now, username, address, event, DAG, run, task, details. */
const APPEND_AUDIT = statement(
  "append_audit",
  `insert into polyflow.audit_log (at, username, remote_address, event, dag_id, run_id, task_id, details)
   values ($1, $2, $3, $4, $5, $6, $7, $8)`,
);

/** Parameters: limit, offset. Result: newest first. */
const LIST_AUDIT = statement(
  "list_audit",
  `select ${AUDIT_COLUMNS} from polyflow.audit_log order by at desc, audit_id desc limit $1 offset $2`,
);

export type AuditRow = { readonly [Column in keyof AuditRecord]: AuditRecord[Column] };

export function auditMethods(context: StoreContext): Pick<IdentityStore, "appendAudit" | "listAudit" | "pageAudit"> {
  const { database } = context;
  return {
    async appendAudit(entry) {
      await database.query(APPEND_AUDIT, auditValues(entry, nowOf(context)));
    },
    async listAudit(limit, offset) {
      const rows = await database.query<AuditRow>(LIST_AUDIT, [limit, offset]);
      return rows.map(({ auditId: _auditId, ...entry }) => entry);
    },
    pageAudit: (filter) => pageAudit(context, filter),
  };
}

async function pageAudit({ database }: StoreContext, filter: AuditFilter): Promise<Page<AuditRecord>> {
  const conditions: string[] = [];
  const values: unknown[] = [];
  const wanted = [
    ["audit_id", filter.auditId],
    ["username", filter.username],
    ["event", filter.event],
    ["dag_id", filter.dagId],
    ["run_id", filter.runId],
    ["task_id", filter.taskId],
  ] as const;
  for (const [column, value] of wanted) {
    if (value === undefined) continue;
    values.push(value);
    conditions.push(`${column} = $${values.length}`);
  }
  const where = conditions.length === 0 ? "" : `where ${conditions.join(" and ")}`;
  const order = filter.orderBy === "when" ? "at, audit_id" : "at desc, audit_id desc";
  const [totals, rows] = await Promise.all([
    database.queryText<{ total: number }>(`select count(*) as total from polyflow.audit_log ${where}`, values),
    database.queryText<AuditRow>(
      `select ${AUDIT_COLUMNS} from polyflow.audit_log ${where} order by ${order} ${pagingText(filter)}`,
      values,
    ),
  ]);
  return { rows, total: totals[0]?.total ?? 0 };
}

/** Names come from outside, so they may hold what PostgreSQL cannot store. */
function auditValues(entry: Omit<AuditEntry, "at">, now: Date): readonly unknown[] {
  const names = [entry.username, entry.remoteAddress, entry.event, entry.dagId, entry.runId, entry.taskId];
  return [now, ...names.map((name) => name?.replaceAll("\0", "\uFFFD") ?? null), JSON.stringify(entry.details)];
}
