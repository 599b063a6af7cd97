import type { AuditEntry, AuditFilter, AuditRecord, IdentityStore, Page } from "@polyflow/store";
import { CallBatcher } from "../call-batcher.ts";
import { pagingText } from "../paging.ts";
import { statement } from "../statement.ts";
import { nowOf, type StoreContext } from "../store-context.ts";

export const AUDIT_COLUMNS = `audit_id as "auditId", at, username, remote_address as "remoteAddress", event, dag_id as "dagId", run_id as "runId",
  task_id as "taskId", details`;

/** Parameters: now; then arrays: usernames, addresses, events, DAGs, runs, tasks, details. */
const APPEND_AUDIT = statement(
  "append_audit",
  `insert into polyflow.audit_log (at, username, remote_address, event, dag_id, run_id, task_id, details)
   select $1::timestamptz, entry.username, entry.remote_address, entry.event, entry.dag_id, entry.run_id, entry.task_id, entry.details::json
   from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
     with ordinality entry (username, remote_address, event, dag_id, run_id, task_id, details, position)
   order by entry.position`,
);

/** Parameters: limit, offset. Result: newest first. */
const LIST_AUDIT = statement(
  "list_audit",
  `select ${AUDIT_COLUMNS} from polyflow.audit_log order by at desc, audit_id desc limit $1 offset $2`,
);

type Entry = Omit<AuditEntry, "at">;
export type AuditRow = { readonly [Column in keyof AuditRecord]: AuditRecord[Column] };

export function auditMethods(context: StoreContext): Pick<IdentityStore, "appendAudit" | "listAudit" | "pageAudit"> {
  const { database } = context;
  let appended = 0;
  // Entries that come at once are one statement and one wait for the disk.
  const appending = new CallBatcher<Entry, void>({
    clock: context.clock,
    keyOf: () => String((appended += 1)),
    async run(entries) {
      await database.query(APPEND_AUDIT, auditValues(entries, nowOf(context)));
      return entries.map(() => undefined);
    },
  });
  return {
    appendAudit: (entry) => appending.call(entry),
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
function auditValues(entries: readonly Entry[], now: Date): readonly unknown[] {
  const names = (["username", "remoteAddress", "event", "dagId", "runId", "taskId"] as const).map((column) =>
    entries.map((entry) => entry[column]?.replaceAll("\0", "\uFFFD") ?? null),
  );
  return [now, ...names, entries.map((entry) => JSON.stringify(entry.details))];
}
