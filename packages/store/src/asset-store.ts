import type { AssetSpec, DagRunKey, DagRunState, DagSpec, JsonObject } from "@polyflow/contracts";
import type { AskedDag } from "./asked-dag.ts";
import type { LeaderTerm } from "./leader-term.ts";
import type { Page } from "./dag-store.ts";

export interface AssetAliasRecord {
  readonly aliasId: number;
  readonly name: string;
  readonly group: string;
}

/** Something that uses an asset in the newest version of its DAG; `taskId` is null for the schedule of the DAG itself. */
export interface AssetUse {
  readonly dagId: string;
  readonly role: "schedule" | "outlet" | "inlet";
  readonly taskId: string | null;
  readonly since: Date;
}

export interface AssetRecord extends AssetSpec {
  readonly assetId: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly lastEvent: { readonly eventId: number; readonly at: Date } | null;
  readonly aliases: readonly AssetAliasRecord[];
  /** By DAGs that are there, as far as the caller may read them. */
  readonly uses: readonly AssetUse[];
}

/** What the caller may read; undefined: all. An asset is seen by who may read a DAG that uses it. */
interface Readable {
  readonly readableDagIds?: readonly string[];
}

export interface AssetFilter extends Readable {
  readonly assetId?: number;
  /** SQL LIKE patterns, case-insensitive. */
  readonly namePattern?: string;
  readonly uriPattern?: string;
  /** Used by one of these DAGs. */
  readonly dagIds?: readonly string[];
  /** Default true: only those that a DAG uses which is there. */
  readonly onlyActive?: boolean;
  readonly orderBy?: "name" | "-name" | "id" | "-id";
  readonly limit: number;
  readonly offset: number;
}

/** One update of an asset, with the runs that answered it as far as the caller may read them. */
export interface AssetEventRecord {
  readonly eventId: number;
  readonly assetId: number;
  readonly name: string;
  readonly uri: string;
  readonly group: string;
  readonly at: Date;
  readonly extra: JsonObject;
  readonly sourceDagId: string | null;
  readonly sourceRunId: string | null;
  readonly sourceTaskId: string | null;
  readonly sourceMapIndex: number | null;
  readonly createdRuns: readonly {
    readonly dagId: string;
    readonly runId: string;
    readonly state: DagRunState;
    readonly startDate: Date | null;
    readonly endDate: Date | null;
  }[];
}

export interface AssetEventFilter extends Readable {
  readonly eventId?: number;
  readonly assetId?: number;
  /** Events that this run answered. */
  readonly answeredBy?: { readonly dagId: string; readonly runId: string };
  readonly sourceDagId?: string;
  readonly sourceTaskId?: string;
  readonly sourceRunId?: string;
  readonly sourceMapIndex?: number;
  readonly from?: Date;
  readonly to?: Date;
  readonly orderBy?: "timestamp" | "-timestamp";
  readonly limit: number;
  readonly offset: number;
}

/** Updates of an asset that a DAG waits with: how many, and the newest. */
export interface QueuedAssetRecord {
  readonly dagId: string;
  readonly assetId: number;
  readonly name: string;
  readonly createdAt: Date;
  readonly events: number;
}

export interface QueuedAssetFilter extends Readable {
  readonly dagId?: string;
  readonly assetId?: number;
  readonly before?: Date;
}

/** An update as it is written. */
export interface NewAssetEvent {
  readonly name: string;
  readonly uri: string;
  readonly group: string;
  readonly extra: JsonObject;
  /** The alias through which it came. */
  readonly alias: string | null;
}

export interface AssetStore {
  listAssets(filter: AssetFilter): Promise<Page<AssetRecord>>;
  listAliases(
    filter: { readonly aliasId?: number; readonly namePattern?: string; readonly limit: number; readonly offset: number } & Readable,
  ): Promise<Page<AssetAliasRecord>>;
  listAssetEvents(filter: AssetEventFilter): Promise<Page<AssetEventRecord>>;
  /** An update from outside. @returns its number; undefined when there is no such asset. */
  createAssetEvent(assetId: number, extra: JsonObject): Promise<number | undefined>;
  listQueuedAssets(filter: QueuedAssetFilter): Promise<readonly QueuedAssetRecord[]>;
  /** @returns how many updates were taken away. */
  deleteQueuedAssets(filter: QueuedAssetFilter): Promise<number>;
}

/** A DAG that has updates to answer. */
export interface AssetTriggeredDag extends AskedDag {
  readonly spec: DagSpec;
  readonly eventIds: readonly number[];
  readonly assets: readonly string[];
  readonly aliases: readonly string[];
}

/** A run that answers updates. */
export interface AssetRun extends AskedDag {
  readonly runId: string;
  readonly runAfter: Date;
  readonly eventIds: readonly number[];
}

/** What the scheduler asks of the store about assets. */
export interface AssetScheduling {
  /** DAGs that may run and have updates to answer; and how many more have no room for a run. */
  listAssetTriggeredDags(limit: number): Promise<{ readonly crowded: number; readonly dags: readonly AssetTriggeredDag[] }>;
  /** Creates the run and takes exactly these updates out of the queue, or does nothing when one of them is gone or the DAG has another version. */
  createAssetRun(term: LeaderTerm, run: AssetRun): Promise<DagRunKey | undefined>;
}
