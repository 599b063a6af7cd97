import { createHash } from "node:crypto";
import { PolyflowError } from "@polyflow/contracts";
import {
  DAG_LIST_ORDERS,
  type DagListOrder,
  type DagListPage,
  type DagListPosition,
  type DagListQuery,
  type ListedDag,
} from "@polyflow/store";
import { pagingText } from "../paging.ts";
import { statement } from "../statement.ts";
import type { StoreContext } from "../store-context.ts";

type Row = { readonly [Column in keyof ListedDag]: ListedDag[Column] } & { readonly sortKey: string | null };

/** How an order is written: by the instant `column` (nulls last), then by id; without one by id alone. */
interface Order {
  readonly column: string | null;
  readonly descends: boolean;
}

const ORDERS: { readonly [order in DagListOrder]: Order } = {
  dag_id: { column: null, descends: false },
  "-dag_id": { column: null, descends: true },
  next_run: { column: "dag.next_run_after", descends: false },
  "-next_run": { column: "dag.next_run_after", descends: true },
  last_run: { column: "newest.run_after", descends: false },
  "-last_run": { column: "newest.run_after", descends: true },
};

const COLUMNS = `
  dag.dag_id as "dagId", dag.display_name as "displayName", dag.description, dag.is_paused as "isPaused",
  exists (
    select from polyflow.import_error e where e.bundle_name = dag.bundle_name and e.relative_path = dag.relative_path
  ) as "hasImportErrors",
  dag.bundle_name as "bundleName", dag.relative_path as "relativePath", dag.owners, dag.tags,
  version.version_number as "versionNumber", coalesce(dag.schedule, version.spec -> 'schedule') as schedule,
  coalesce(dag.params, version.spec -> 'params') as params,
  coalesce(dag.task_count, json_array_length(version.spec -> 'tasks')) as "taskCount", dag.next_run_after as "nextRunAfter",
  exists (select from polyflow.favourite_dag f where f.user_id = $1 and f.dag_id = dag.dag_id) as "isFavourite"`;

/** Conditions of a where clause with their values. */
class DagConditions {
  readonly #texts: string[] = ["dag.is_active"];
  readonly #values: unknown[];
  readonly #search: string | undefined;
  needsNewestRun = false;

  constructor(query: DagListQuery) {
    this.#values = [query.userId];
    if (query.search !== undefined) this.#search = this.value(`%${escapeLike(query.search.toLowerCase())}%`);
    if (query.tags !== undefined) this.add("dag.tags && ?::text[]", query.tags);
    if (query.owners !== undefined) this.add("dag.owners && ?::text[]", query.owners);
    if (query.bundleNames !== undefined) this.add("dag.bundle_name = any(?::text[])", query.bundleNames);
    if (query.isPaused !== undefined) this.add("dag.is_paused = ?", query.isPaused);
    if (query.newestRunStates !== undefined) {
      this.needsNewestRun = true;
      this.add("coalesce(newest.state, 'none') = any(?::text[])", query.newestRunStates);
    }
    if (query.onlyFavourites === true) {
      this.#texts.push("exists (select from polyflow.favourite_dag f where f.user_id = $1 and f.dag_id = dag.dag_id)");
    }
    if (query.readableDagIds !== undefined) this.add("dag.dag_id = any(?::text[])", query.readableDagIds);
  }

  /** `?` stands for the value's number. */
  add(text: string, value: unknown): void {
    this.#texts.push(text.replaceAll("?", this.value(value)));
  }

  /** Takes a value in; answers its number as SQL names it. */
  value(value: unknown): string {
    this.#values.push(value);
    return `$${this.#values.length}`;
  }

  get values(): readonly unknown[] {
    return this.#values;
  }

  /** The tables with their condition. `$1` is named in any case, so that its type is known. */
  get from(): string {
    const newest = this.needsNewestRun ? "join polyflow.dag_newest_run newest using (dag_id)" : "";
    // Found along the index dag_search first: it is a quarter of the table.
    const dags =
      this.#search === undefined
        ? "polyflow.dag"
        : `(select dag_id from polyflow.dag where is_active and search_text like ${this.#search} offset 0) found join polyflow.dag using (dag_id)`;
    return `${dags} ${newest} where $1::integer is not null and ${this.#texts.join(" and ")}`;
  }
}

/** See DagListStore.pageDags. One statement; the page is cut before anything is joined to it. */
export async function pageDags(context: StoreContext, query: DagListQuery, page: DagListPosition): Promise<DagListPage> {
  const order = ORDERS[page.orderBy];
  const conditions = new DagConditions(query);
  conditions.needsNewestRun ||= order.column === "newest.run_after";
  if (page.after !== undefined) addCursor(conditions, order, readCursor(page.after, page.orderBy));
  const direction = order.descends ? "desc" : "asc";
  // Nulls last in both directions, as the index of the newest run has them.
  const by = order.column === null ? `dag.dag_id ${direction}` : `${order.column} ${direction} nulls last, dag.dag_id`;
  const key = order.column === null ? "null::text" : `to_char(${order.column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
  const text = `
    with page as (
       select chosen.*, row_number() over () as place
       from (select dag.*, ${key} as sort_key from ${conditions.from} order by ${by} ${pagingText({ limit: page.limit + 1, offset: 0 })}) chosen
     )
     select ${COLUMNS}, dag.sort_key as "sortKey"
     from page dag join polyflow.dag_version version on version.dag_version_id = dag.current_version_id
     order by dag.place`;
  // As many shapes as there are sets of filters; planning one anew costs more than running it.
  const rows = await context.database.query<Row>(statement(`page_dags_${shapeOf(text)}`, text), conditions.values);
  const shown = rows.slice(0, page.limit);
  const last = shown.at(-1);
  const next = rows.length > page.limit && last !== undefined ? cursorOf(page.orderBy, last) : null;
  return { dags: shown.map(({ sortKey: _key, ...dag }) => dag), next };
}

function shapeOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 16);
}

/** Where a page ended. */
interface Cursor {
  readonly key: string | null;
  readonly dagId: string;
}

function addCursor(conditions: DagConditions, order: Order, { key, dagId }: Cursor): void {
  if (order.column === null) conditions.add(`dag.dag_id ${order.descends ? "<" : ">"} ?`, dagId);
  else if (key === null) conditions.add(`(${order.column} is null and dag.dag_id > ?)`, dagId);
  else {
    const beyond = order.descends ? "<" : ">";
    const at = `'${key}'::timestamptz`;
    conditions.add(`(${order.column} ${beyond} ${at} or (${order.column} = ${at} and dag.dag_id > ?) or ${order.column} is null)`, dagId);
  }
}

function cursorOf(orderBy: DagListOrder, row: Row): string {
  return Buffer.from(JSON.stringify([orderBy, row.sortKey, row.dagId])).toString("base64url");
}

const INSTANT = /^\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

function readCursor(after: string, orderBy: DagListOrder): Cursor {
  const refused = new PolyflowError("request_invalid", `"${after}" is no place in this list. Ask for its first page anew.`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(after, "base64url").toString("utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) throw refused;
    throw error;
  }
  if (!Array.isArray(parsed)) throw refused;
  const [of, key, dagId]: readonly unknown[] = parsed;
  if (!DAG_LIST_ORDERS.some((order) => order === of) || of !== orderBy || typeof dagId !== "string") throw refused;
  if (key !== null && (typeof key !== "string" || !INSTANT.test(key))) throw refused;
  return { key, dagId };
}

function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, (character) => `\\${character}`);
}
