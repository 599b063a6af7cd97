import type { BulkSession } from "@polyflow/contracts";
import type { EntityColumn } from "@polyflow/metadata-model";
import type { WriteShape } from "../target/strategy/write-shape.ts";
import type { TableAccess } from "../target/target-table.ts";
import type { BulkType } from "./bulk-type.ts";
import type { BulkWords } from "./bulk-words.ts";
import type { SystemRecords } from "./system-records.ts";

/** A column of the target with the type that it has there. */
export interface BulkColumn {
  readonly column: EntityColumn;
  readonly type: BulkType;
}

/** Rows that the statements of a strategy have touched. */
export interface WrittenRows {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  /** Rows that the source no longer has; part of no other count. */
  readonly missing: number;
}

/** How one database makes a load happen entirely or not at all. */
export interface BulkEngine {
  readonly session: BulkSession;
  readonly words: BulkWords;
  readonly tables: TableAccess;
  readonly records: SystemRecords;
  /** Table of the texts that passed the judge: `_row` and the columns. */
  readonly texts: string;
  /** Table of the typed rows: the columns and `_row`. */
  readonly incoming: string;
  /** Brings the system tables up to date. */
  prepare(): Promise<void>;
  /** Keeps other loads of the target out, where the database can. */
  begin(): Promise<void>;
  /** Makes both staging tables. */
  createStaging(columns: readonly BulkColumn[]): Promise<void>;
  /** Deletes all but one of the incoming rows that share a key. @returns how many */
  dropDoubles(keys: readonly string[], keep: "first" | "last"): Promise<number>;
  /** The moment that rows are stamped with, as an expression. */
  moment(isHistory: boolean): Promise<string>;
  /** Brings the incoming rows to where the rules look at them. */
  write(shape: WriteShape): Promise<WrittenRows>;
  /** The table as it will be after the commit. */
  audited(shape: Pick<WriteShape, "strategy" | "columns">): string;
  /** Makes what was written the target. `remember` writes what belongs to it; its last statement says that the load is done. */
  commit(remember: () => Promise<void>): Promise<void>;
  /** Makes as if nothing had been written. */
  takeBack(): Promise<void>;
  /** Takes staging tables away. */
  tidy(): Promise<void>;
}
