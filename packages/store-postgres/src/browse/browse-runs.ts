import type { DagRunState } from "@polyflow/contracts";
import type { BrowseRunsQuery, DagRunRecord, KeysetPage } from "@polyflow/store";
import { pagingText } from "../paging.ts";
import { RUN_COLUMNS, RUN_TABLES, type RunRow } from "../runs/run-row.ts";
import type { StoreContext } from "../store-context.ts";
import { type Conditions, runConditions } from "./conditions.ts";
import { decodeCursor, toPage } from "./keyset.ts";
import { narrowedDags } from "./narrowed-dags.ts";

const ORDER = "order by run.run_after desc, run.dag_run_id";

/**
 * Newest first. Most lists walk along `dag_run_newest`, those of few DAGs along `dag_run_newest_of_dag`. What is seldom (failed, unfinished,
 * not made by a timetable) has indexes of its own; their conditions are written out, since a plan serves all values.
 */
export async function browseRuns({ database }: StoreContext, query: BrowseRunsQuery): Promise<KeysetPage<DagRunRecord>> {
  const dagIds = await narrowedDags(database, query);
  if (dagIds?.length === 0) return { rows: [], next: null };
  const conditions = runConditions(query)
    .add(query.states, (value) => `run.state = any(${value}::text[])`)
    .add(query.types, (value) => `run.run_type = any(${value}::text[])`)
    .add(query.user, (value) => `run.triggering_user = ${value}`);
  if (query.user !== undefined || query.types?.includes("scheduled") === false) conditions.raw("run.run_type <> 'scheduled'");
  if (query.after !== undefined) {
    const [runAfter, runKey] = decodeCursor(query.after, ["instant", "uuid"]);
    const at = conditions.place(runAfter);
    conditions.raw(`run.run_after <= ${at}::timestamptz`);
    conditions.raw(`(run.run_after < ${at}::timestamptz or run.dag_run_id > ${conditions.place(runKey)}::uuid)`);
  }
  const page = pagingText({ limit: query.limit + 1, offset: 0 });
  const found = dagIds === undefined ? foundText(conditions, query.states, page) : foundOfDags(conditions, dagIds, page);
  const rows = await database.queryText<RunRow>(
    `select ${RUN_COLUMNS} from ${RUN_TABLES} where run.dag_run_id in (${found}) ${ORDER} ${page}`,
    conditions.values,
  );
  return toPage(rows, query.limit, (run) => [run.runAfter.toISOString(), run.runKey]);
}

/** Keys of the page, and of no more than a page of each part. */
function foundText(conditions: Conditions, states: readonly DagRunState[] | undefined, page: string): string {
  const pageOf = (condition: string) =>
    `(select dag_run_id from polyflow.dag_run run ${conditions.where}${condition === "" ? "" : ` ${conditions.where === "" ? "where" : "and"} ${condition}`} ${ORDER} ${page})`;
  if (states === undefined || states.includes("success")) return pageOf("");
  const parts = [
    ...(states.includes("failed") ? [pageOf("run.state = 'failed'")] : []),
    ...(states.some((state) => state !== "failed") ? [pageOf("run.state in ('queued', 'running')")] : []),
  ];
  return parts.join(" union all ");
}

function foundOfDags(conditions: Conditions, dagIds: readonly string[], page: string): string {
  return `select part.dag_run_id from unnest(${conditions.place(dagIds)}::text[]) asked (dag_id) cross join lateral (
    select dag_run_id from polyflow.dag_run run ${conditions.raw("run.dag_id = asked.dag_id").where} ${ORDER} ${page}
  ) part`;
}
