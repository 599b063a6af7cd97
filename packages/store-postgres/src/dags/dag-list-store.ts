import type { DagFacets, DagListStore, SavedView } from "@polyflow/store";
import { statement } from "../statement.ts";
import type { StoreContext } from "../store-context.ts";
import { pageDags } from "./page-dags.ts";

/** Parameters: readable DAG ids or null. Result: one row. Reads DAGs and their newest runs, no others. */
const FACETS = statement(
  "dag_facets",
  `with shown as materialized (
     select dag.is_paused, dag.tags, dag.owners, dag.bundle_name, coalesce(newest.state, 'none') as state
     from polyflow.dag
     join polyflow.dag_newest_run newest using (dag_id)
     where dag.is_active and ($1::text[] is null or dag.dag_id = any($1))
   )
   select (select count(*) from shown) as total,
          (select count(*) from shown where is_paused) as paused,
          (
            select coalesce(json_object_agg(state, count), '{}') from (select state, count(*) as count from shown group by state) states
          ) as "byNewestRunState",
          array(select distinct tag from shown, unnest(tags) tag order by tag) as tags,
          array(select distinct owner from shown, unnest(owners) owner order by owner) as owners,
          array(select distinct bundle_name from shown order by bundle_name) as "bundleNames"`,
);

/** Parameters: user, readable DAG ids or null. */
const COUNT_FAVOURITES = statement(
  "count_favourites",
  `select count(*) as count from polyflow.favourite_dag join polyflow.dag using (dag_id)
   where user_id = $1 and dag.is_active and ($2::text[] is null or dag.dag_id = any($2))`,
);
/** Parameters: user, DAG id. */
const IS_FAVOURITE = statement("is_favourite", `select from polyflow.favourite_dag where user_id = $1 and dag_id = $2`);
/** Parameters: user, DAG id. Locks: dag (key share). */
const ADD_FAVOURITE = statement(
  "add_favourite",
  `insert into polyflow.favourite_dag (user_id, dag_id) select $1, dag_id from polyflow.dag where dag_id = $2 on conflict do nothing`,
);
/** Parameters: user, DAG id. */
const REMOVE_FAVOURITE = statement("remove_favourite", `delete from polyflow.favourite_dag where user_id = $1 and dag_id = $2`);

/** Parameters: user, page. Result: views by name. */
const LIST_VIEWS = statement("list_views", `select name, query from polyflow.saved_view where user_id = $1 and page = $2 order by name`);
/** Parameters: user, page, name, query. */
const SAVE_VIEW = statement(
  "save_view",
  `insert into polyflow.saved_view (user_id, page, name, query) values ($1, $2, $3, $4)
   on conflict (user_id, page, name) do update set query = excluded.query`,
);
/** Parameters: user, page, name. Result: one row when there was such a view. */
const DELETE_VIEW = statement(
  "delete_view",
  `delete from polyflow.saved_view where user_id = $1 and page = $2 and name = $3 returning name`,
);

export function createDagListStore(context: StoreContext): DagListStore {
  const { database } = context;
  return {
    pageDags: (query, page) => pageDags(context, query, page),
    async facets({ readableDagIds }) {
      const row = await database.queryOne<{ readonly [Column in keyof DagFacets]: DagFacets[Column] }>(FACETS, [readableDagIds ?? null]);
      return row ?? { total: 0, paused: 0, byNewestRunState: {}, tags: [], owners: [], bundleNames: [] };
    },
    async countFavourites({ userId, readableDagIds }) {
      const row = await database.queryOne<{ count: number }>(COUNT_FAVOURITES, [userId, readableDagIds ?? null]);
      return row?.count ?? 0;
    },
    isFavourite: async (userId, dagId) => (await database.queryOne(IS_FAVOURITE, [userId, dagId])) !== undefined,
    async setFavourite(userId, dagId, isFavourite) {
      await database.query(isFavourite ? ADD_FAVOURITE : REMOVE_FAVOURITE, [userId, dagId]);
    },
    listViews: (userId, page) => database.query<{ readonly [Column in keyof SavedView]: SavedView[Column] }>(LIST_VIEWS, [userId, page]),
    async saveView(userId, page, view) {
      await database.query(SAVE_VIEW, [userId, page, view.name, view.query]);
    },
    deleteView: async (userId, page, name) => (await database.queryOne(DELETE_VIEW, [userId, page, name])) !== undefined,
  };
}
