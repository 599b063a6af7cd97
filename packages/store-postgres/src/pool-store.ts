import { PolyflowError } from "@polyflow/contracts";
import type { PoolRecord, PoolStore } from "@polyflow/store";
import { statement } from "./statement.ts";
import type { StoreContext } from "./store-context.ts";

/** Few rows each: partial indexes hold what waits and what occupies, whatever the history is. */
const POOLS = `
  select pool.name, pool.slots, pool.description, pool.include_deferred as "includeDeferred",
         coalesce(used.running, 0) as running, coalesce(used.queued, 0) as queued, coalesce(used.scheduled, 0) as scheduled,
         coalesce(used.deferred, 0) as deferred
  from polyflow.pool
  left join (
    select ti.pool,
           sum(ti.pool_slots) filter (where ti.state in ('running', 'restarting')) as running,
           sum(ti.pool_slots) filter (where ti.state = 'queued') as queued,
           sum(ti.pool_slots) filter (where ti.state = 'scheduled') as scheduled,
           sum(ti.pool_slots) filter (where ti.state = 'deferred') as deferred
    from polyflow.task_instance ti
    where ti.state in ('running', 'restarting', 'queued', 'scheduled', 'deferred')
      and ti.state not in ('success', 'failed', 'skipped', 'upstream_failed', 'removed')
    group by ti.pool
  ) used on used.pool = pool.name`;

const LIST_POOLS = statement("list_pools", `${POOLS} order by pool.name`);
/** Parameters: name. */
const GET_POOL = statement("get_pool", `${POOLS} where pool.name = $1`);

/** Parameters: name, slots, description, whether an existing one is replaced, whether deferred tasks count. Result: one row when it was saved. */
const SAVE_POOL = statement(
  "save_pool",
  `insert into polyflow.pool (name, slots, description, include_deferred) values ($1, $2, $3, $5)
   on conflict (name) do update set
     slots = excluded.slots, description = excluded.description, include_deferred = excluded.include_deferred
   where $4
   returning name`,
);

/** Parameters: name. Result: one row when it was there. */
const DELETE_POOL = statement("delete_pool", `delete from polyflow.pool where name = $1 returning name`);

type PoolRow = { readonly [Column in keyof PoolRecord]: PoolRecord[Column] };

export function createPoolStore({ database }: StoreContext): PoolStore {
  return {
    listPools: () => database.query<PoolRow>(LIST_POOLS),
    getPool: (name) => database.queryOne<PoolRow>(GET_POOL, [name]),
    async savePool({ name, slots, description, includeDeferred }, { overwrite }) {
      const saved = await database.query(SAVE_POOL, [name, slots, description, overwrite, includeDeferred]);
      if (saved.length === 0)
        throw new PolyflowError("pool_exists", `There is already a pool "${name}". Choose another name, or change that one.`);
    },
    deletePool: async (name) => (await database.query(DELETE_POOL, [name])).length > 0,
  };
}
