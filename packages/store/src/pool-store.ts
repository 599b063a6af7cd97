/** A pool and how much of it is in use, in slots. */
export interface PoolRecord {
  readonly name: string;
  /** −1: without end. */
  readonly slots: number;
  readonly description: string | null;
  /** Deferred task instances keep their slots. */
  readonly includeDeferred: boolean;
  readonly running: number;
  readonly queued: number;
  /** Waiting for a free slot. */
  readonly scheduled: number;
  /** Deferred task instances; they take slots only with `includeDeferred`. */
  readonly deferred: number;
}

export type PoolSettings = Pick<PoolRecord, "name" | "slots" | "description" | "includeDeferred">;

/** Pools: how many task instances of a kind may run at once. */
export interface PoolStore {
  /** All pools by name, with what is in use now. */
  listPools(): Promise<readonly PoolRecord[]>;
  getPool(name: string): Promise<PoolRecord | undefined>;
  /** @throws PolyflowError `pool_exists` unless `overwrite`. */
  savePool(pool: PoolSettings, options: { readonly overwrite: boolean }): Promise<void>;
  /** @returns whether there was one. */
  deletePool(name: string): Promise<boolean>;
}
