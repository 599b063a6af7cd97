/** A pool and how much of it is in use, in slots. */
export interface PoolRecord {
  readonly name: string;
  readonly slots: number;
  readonly description: string | null;
  readonly running: number;
  readonly queued: number;
  /** Waiting for a free slot. */
  readonly scheduled: number;
  /** Deferred task instances; they take no slot. */
  readonly deferred: number;
}

export type PoolSettings = Pick<PoolRecord, "name" | "slots" | "description">;

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
