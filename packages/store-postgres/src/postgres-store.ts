import type { Clock, Logger } from "@polyflow/service-kit";
import type { ComponentHealth, Store, XComStorage } from "@polyflow/store";
import { createBrowseStore } from "./browse/browse-store.ts";
import { createAssetStore } from "./assets/asset-store.ts";
import { createBackfillStore } from "./backfills/backfill-store.ts";
import { createCallbackStore } from "./callbacks/callback-store.ts";
import { ChangeFeed } from "./change-feed.ts";
import { createDagListStore } from "./dags/dag-list-store.ts";
import { createDagStore } from "./dags/dag-store.ts";
import { Database } from "./database.ts";
import { ClaimsAhead } from "./execution/claimed-ahead.ts";
import { MapOutputCache } from "./execution/map-output-cache.ts";
import { createExecutionStore } from "./execution/execution-store.ts";
import { Fernet } from "./fernet.ts";
import { createIdentityStore } from "./identity/identity-store.ts";
import { requireMigrated } from "./migrate.ts";
import { createOverviewStore } from "./overview-store.ts";
import { createPoolStore } from "./pool-store.ts";
import { createRunStore } from "./runs/run-store.ts";
import { createSchedulerStore } from "./scheduling/scheduler-store.ts";
import { createSecretStore } from "./secret-store.ts";
import { createLineageStore } from "./lineage/lineage-store.ts";
import { createXComStore } from "./xcoms/xcom-store.ts";
import { XComValues } from "./xcoms/xcom-values.ts";
import { SpecCache } from "./spec-cache.ts";
import { statement } from "./statement.ts";
import { nowOf, type StoreContext } from "./store-context.ts";

const DEFAULT_POOL_SIZE = 10;
const XCOM_MAX_DATABASE_BYTES = 262_144;

const PING = statement("ping", `select 1 as one`);

/** Parameters: component, now. A lost sign of life is followed by the next, so the commit does not wait for the disk. */
const RECORD_HEARTBEAT = statement(
  "record_heartbeat",
  `with lazily as (select set_config('synchronous_commit', 'off', true))
   insert into polyflow.component_heartbeat (name, at) select $1, $2::timestamptz from lazily
   on conflict (name) do update set at = excluded.at`,
);

/** Result: all components, those that never gave a sign of life as well. */
const LIST_HEARTBEATS = statement(
  "list_heartbeats",
  `select known.name, heartbeat.at as "lastHeartbeat"
   from unnest(array['scheduler', 'dag_processor', 'triggerer']) with ordinality known (name, position)
   left join polyflow.component_heartbeat heartbeat using (name)
   order by known.position`,
);

export interface PostgresStoreOptions {
  /** `postgresql://user:password@host:port/database`, or `postgresql:///database?host=/socket/folder&user=name`. */
  readonly url: string;
  /** Base64url keys of 32 bytes: the first encrypts, all decrypt. */
  readonly fernetKeys: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** Connections at most, beside the one that listens to changes; default 10. */
  readonly poolSize?: number;
  /** How the connections are called in pg_stat_activity; default `polyflow`. */
  readonly applicationName?: string;
  /** Where large outputs of tasks stand; default: in the database like the others. */
  readonly xcomStorage?: XComStorage;
  /** With `xcomStorage`: larger outputs than this go there; default 256 KiB. */
  readonly xcomMaxDatabaseBytes?: number;
  /** A number in [0, 1), for the spread of reconnects. */
  readonly random?: () => number;
}

/**
 * Opens the metadata database.
 * @throws PolyflowError `database_unavailable`; `database_version` when it is not migrated; `config_invalid` for a wrong Fernet key.
 * @example
 * await migrate({ url, logger });
 * const store = await createPostgresStore({ url, fernetKeys: [key], clock: systemClock, logger });
 */
export async function createPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const { url, clock, logger, random = Math.random } = options;
  const fernet = new Fernet(options.fernetKeys, { now: () => clock.now() });
  await requireMigrated(url);
  const database = new Database({
    url,
    logger,
    applicationName: options.applicationName ?? "polyflow",
    poolSize: options.poolSize ?? DEFAULT_POOL_SIZE,
  });
  const feed = new ChangeFeed({ url, clock, logger, random });
  await feed.start();
  const { xcomStorage: storage, xcomMaxDatabaseBytes: maxDatabaseBytes = XCOM_MAX_DATABASE_BYTES } = options;
  const xcoms = new XComValues({ storage, maxDatabaseBytes });
  const mapOutputs = new MapOutputCache({ database, clock, xcoms });
  const context: StoreContext = {
    database,
    feed,
    clock,
    specs: new SpecCache(database),
    mapOutputs,
    claimsAhead: new ClaimsAhead(),
    xcoms,
  };
  return {
    dags: createDagStore(context),
    dagList: createDagListStore(context),
    runs: createRunStore(context),
    assets: createAssetStore(context),
    xcoms: createXComStore(context),
    lineage: createLineageStore(context),
    backfills: createBackfillStore(context),
    scheduler: createSchedulerStore(context),
    execution: createExecutionStore(context),
    callbacks: createCallbackStore(context),
    secrets: createSecretStore(database, fernet),
    identity: createIdentityStore(context),
    overview: createOverviewStore(context),
    pools: createPoolStore(context),
    browse: createBrowseStore(context),
    subscribe: (listener) => feed.subscribe(listener),
    async ping() {
      await database.query(PING);
    },
    async recordHeartbeat(component) {
      await database.query(RECORD_HEARTBEAT, [component, nowOf(context)]);
    },
    listHeartbeats: () => database.query<{ name: ComponentHealth["name"]; lastHeartbeat: Date | null }>(LIST_HEARTBEATS),
    async close() {
      await feed.close();
      await database.close();
    },
  };
}
