import type { BrowseRunsQuery, DagRunRecord, KeysetPage } from "@polyflow/store";
import { pagingText } from "../paging.ts";
import { RUN_COLUMNS, RUN_TABLES, type RunRow } from "../runs/run-row.ts";
import type { StoreContext } from "../store-context.ts";
import { runConditions } from "./conditions.ts";
import { decodeCursor, toPage } from "./keyset.ts";

/** Newest first, along `dag_run_newest`. */
export async function browseRuns({ database }: StoreContext, query: BrowseRunsQuery): Promise<KeysetPage<DagRunRecord>> {
  const conditions = runConditions(query)
    .add(query.states, (value) => `run.state = any(${value}::text[])`)
    .add(query.types, (value) => `run.run_type = any(${value}::text[])`)
    .add(query.user, (value) => `run.triggering_user = ${value}`);
  if (query.after !== undefined) {
    const [runAfter, runKey] = decodeCursor(query.after, ["instant", "uuid"]);
    const at = conditions.place(runAfter);
    conditions.raw(`run.run_after <= ${at}::timestamptz`);
    conditions.raw(`(run.run_after < ${at}::timestamptz or run.dag_run_id > ${conditions.place(runKey)}::uuid)`);
  }
  const rows = await database.queryText<RunRow>(
    `select ${RUN_COLUMNS} from ${RUN_TABLES} ${conditions.where}
     order by run.run_after desc, run.dag_run_id ${pagingText({ limit: query.limit + 1, offset: 0 })}`,
    conditions.values,
  );
  return toPage(rows, query.limit, (run) => [run.runAfter.toISOString(), run.runKey]);
}
