import type { DagListFilter, DagRecord, Page } from "@polyflow/store";
import { pagingText } from "../paging.ts";
import type { StoreContext } from "../store-context.ts";
import { DAG_COLUMNS, dagTables, type DagRow, dagFromRow } from "./dag-row.ts";

/** The newest run of each DAG, by the index (dag_id, run_after desc); joined only when the filter or the order needs it. */
const NEWEST_RUN = `
  left join lateral (
    select run.state, run.run_after from polyflow.dag_run run where run.dag_id = dag.dag_id order by run.run_after desc limit 1
  ) newest on true`;

const ORDERS: { readonly [order in NonNullable<DagListFilter["orderBy"]>]: string } = {
  dag_id: "dag.dag_id",
  "-dag_id": "dag.dag_id desc",
  next_run: "dag.next_run_after nulls last, dag.dag_id",
  "-next_run": "dag.next_run_after desc nulls last, dag.dag_id",
  last_run: "newest.run_after nulls last, dag.dag_id",
  "-last_run": "newest.run_after desc nulls last, dag.dag_id",
};

/** Conditions of a where clause with their values. */
interface Conditions {
  readonly texts: string[];
  readonly values: unknown[];
}

/** See DagStore.listDags. The total and the page come from two statements at once. */
export async function listDags(context: StoreContext, filter: DagListFilter): Promise<Page<DagRecord>> {
  const conditions = conditionsOf(filter);
  const order = filter.orderBy ?? "dag_id";
  const where = conditions.texts.length === 0 ? "" : `where ${conditions.texts.join(" and ")}`;
  const newest = filter.lastRunState !== undefined || order.endsWith("last_run") ? NEWEST_RUN : "";
  const [totals, rows] = await Promise.all([
    context.database.queryText<{ total: number }>(`select count(*) as total from polyflow.dag ${newest} ${where}`, conditions.values),
    context.database.queryText<DagRow>(pageText(`${newest} ${where} order by ${ORDERS[order]} ${pagingText(filter)}`), conditions.values),
  ]);
  const specs = await context.specs.load(rows.map((row) => row.versionId));
  const records = rows.flatMap((row) => {
    const spec = specs.get(row.versionId);
    return spec === undefined ? [] : [dagFromRow(row, spec)];
  });
  return { rows: records, total: totals[0]?.total ?? 0 };
}

/** The page is cut from `dag` alone; only its rows are joined with the rest. */
function pageText(selection: string): string {
  return `
    with page as (
      select chosen.*, row_number() over () as place from (select dag.* from polyflow.dag ${selection}) chosen
    )
    select ${DAG_COLUMNS} from ${dagTables("page dag")} order by dag.place`;
}

function conditionsOf(filter: DagListFilter): Conditions {
  const conditions: Conditions = { texts: [], values: [] };
  // `?` stands for the value's number, so that a condition may name it twice.
  const add = (text: string, value: unknown) => {
    conditions.values.push(value);
    conditions.texts.push(text.replaceAll("?", `$${conditions.values.length}`));
  };
  if (filter.onlyActive ?? true) conditions.texts.push("dag.is_active");
  if (filter.search !== undefined) {
    // The id's collation is "C", which knows no case beyond ASCII.
    add(`(dag.dag_id collate "default" ilike ? or dag.display_name ilike ?)`, `%${escapeLike(filter.search)}%`);
  }
  if (filter.dagIdPattern !== undefined) add(`dag.dag_id collate "default" ilike any(?::text[])`, filter.dagIdPattern.split("|"));
  if (filter.tags !== undefined && filter.tags.length > 0) {
    add(filter.tagsMatch === "all" ? "dag.tags @> ?::text[]" : "dag.tags && ?::text[]", filter.tags);
  }
  if (filter.owner !== undefined) add("? = any(dag.owners)", filter.owner);
  if (filter.owners !== undefined && filter.owners.length > 0) add("dag.owners && ?::text[]", filter.owners);
  if (filter.isPaused !== undefined) add("dag.is_paused = ?", filter.isPaused);
  if (filter.lastRunState !== undefined) add("newest.state = ?", filter.lastRunState);
  if (filter.readableDagIds !== undefined) add("dag.dag_id = any(?::text[])", filter.readableDagIds);
  return conditions;
}

function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, (character) => `\\${character}`);
}
