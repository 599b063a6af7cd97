import type { AuditRecord, BrowseAuditQuery, KeysetPage } from "@polyflow/store";
import { AUDIT_COLUMNS, type AuditRow } from "../identity/audit.ts";
import { pagingText } from "../paging.ts";
import type { StoreContext } from "../store-context.ts";
import { Conditions, containing } from "./conditions.ts";
import { decodeCursor, toPage } from "./keyset.ts";

/** Newest first, along `audit_log_newest`. */
export async function browseAudit({ database }: StoreContext, query: BrowseAuditQuery): Promise<KeysetPage<AuditRecord>> {
  const conditions = new Conditions()
    .add(query.username, (value) => `username = ${value}`)
    .add(query.event, (value) => `event = ${value}`)
    .add(containing(query.dag), (value) => `dag_id ilike ${value}`)
    .add(query.from, (value) => `at >= ${value}`)
    .add(query.until, (value) => `at < ${value}`);
  if (query.after !== undefined) {
    const [at, auditId] = decodeCursor(query.after, ["instant", "number"]);
    conditions.raw(`(at, audit_id) < (${conditions.place(at)}::timestamptz, ${conditions.place(auditId)}::bigint)`);
  }
  const rows = await database.queryText<AuditRow>(
    `select ${AUDIT_COLUMNS} from polyflow.audit_log ${conditions.where}
     order by at desc, audit_id desc ${pagingText({ limit: query.limit + 1, offset: 0 })}`,
    conditions.values,
  );
  return toPage(rows, query.limit, (row) => [row.at.toISOString(), row.auditId]);
}
