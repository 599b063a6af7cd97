import type { AttemptId, JsonValue } from "@polyflow/contracts";
import type { TaskInstanceRef } from "./run-store.ts";

/** Where values stand that are too large for the database. Keys are of the store's own making; nothing of a user's is in them. */
export interface XComStorage {
  write(key: string, json: string): Promise<void>;
  /** @throws PolyflowError `xcom_unavailable` when it cannot be read */
  read(key: string): Promise<string>;
  /** Removing what is not there is no error. */
  remove(key: string): Promise<void>;
}

/** What a task asks for of the outputs of tasks. */
export interface XComPull {
  /** Undefined: the DAG and the run of the attempt. Another DAG has to be of the same project. */
  readonly dagId?: string;
  readonly runId?: string;
  readonly taskId: string;
  readonly key: string;
  /** Undefined: the value of a task that is not mapped, or those of all instances of one that is. */
  readonly mapIndex?: number;
  /** Where the run has no such value: the newest of a run with an earlier logical date. */
  readonly includePriorDates: boolean;
}

export interface XComStore {
  /** Of a running attempt. False: no longer current. */
  pushXCom(attemptId: AttemptId, key: string, value: JsonValue): Promise<boolean>;
  /**
   * For a running attempt; undefined: no longer current. `values` has one for each instance that gave one, in the order of map indexes.
   * @throws PolyflowError `not_allowed` for a DAG of another project
   */
  pullXCom(
    attemptId: AttemptId,
    pull: XComPull,
  ): Promise<{ readonly isMapped: boolean; readonly values: readonly JsonValue[] } | undefined>;
  /** By a user. @returns false when there is no such task instance, or (without `overwrite`) one of this key already. */
  saveXCom(ref: TaskInstanceRef, entry: { readonly key: string; readonly value: JsonValue; readonly overwrite: boolean }): Promise<boolean>;
  deleteXCom(ref: TaskInstanceRef, key: string): Promise<boolean>;
  /** Takes values out of the store that nobody refers to any more. @returns how many */
  dropGarbage(limit: number): Promise<number>;
}
