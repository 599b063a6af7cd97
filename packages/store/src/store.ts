import type { ChangeEvent } from "@polyflow/contracts";
import type { DagListStore } from "./dag-list-store.ts";
import type { BrowseStore } from "./browse-store.ts";
import type { AssetStore } from "./asset-store.ts";
import type { BackfillStore } from "./backfill-store.ts";
import type { CallbackStore } from "./callback-store.ts";
import type { DagStore } from "./dag-store.ts";
import type { ExecutionStore } from "./execution-store.ts";
import type { IdentityStore } from "./identity-store.ts";
import type { OverviewStore } from "./overview-store.ts";
import type { PoolStore } from "./pool-store.ts";
import type { RunStore } from "./run-store.ts";
import type { SchedulerStore } from "./scheduler-store.ts";
import type { LineageStore } from "./lineage-store.ts";
import type { XComStore } from "./xcom-store.ts";
import type { SecretStore } from "./secret-store.ts";

/** Health of a component, from its last sign of life. */
export interface ComponentHealth {
  readonly name: "scheduler" | "dag_processor" | "triggerer";
  readonly lastHeartbeat: Date | null;
}

/** The metadata database: the one truth. */
export interface Store {
  readonly dags: DagStore;
  readonly dagList: DagListStore;
  readonly runs: RunStore;
  readonly assets: AssetStore;
  readonly xcoms: XComStore;
  readonly lineage: LineageStore;
  readonly backfills: BackfillStore;
  readonly scheduler: SchedulerStore;
  readonly execution: ExecutionStore;
  readonly callbacks: CallbackStore;
  readonly secrets: SecretStore;
  readonly identity: IdentityStore;
  readonly overview: OverviewStore;
  readonly pools: PoolStore;
  readonly browse: BrowseStore;
  /** Hears of commits of this and other processes. Hints only: may be lost, doubled or late. @returns unsubscribe. */
  subscribe(listener: (event: ChangeEvent) => void): () => void;
  /** Throws `database_unavailable` when it does not answer. */
  ping(): Promise<void>;
  recordHeartbeat(component: ComponentHealth["name"]): Promise<void>;
  listHeartbeats(): Promise<readonly ComponentHealth[]>;
  close(): Promise<void>;
}
