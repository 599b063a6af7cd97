import type { FlowDefinition, EntityDefinition } from "@polyflow/metadata-model";
import type { Client } from "pg";
import { literal } from "../sql-text.ts";
import type { RowCounts } from "./row-counts.ts";
import { LOAD_ID_COLUMN, LOADED_AT_COLUMN } from "./target-table.ts";

/** Builds the `select` of a segment's good records with further values at its end; `s._row` is the record's number. */
export type SelectGood = (furtherValues: readonly string[]) => string;

/** Brings the good records of each segment into the target, inside the transaction of the load. */
export interface TargetWriter {
  begin(): Promise<void>;
  /**
   * @param select the `select` of the good records: the mapped columns, then the given expressions
   * @returns how many records passed
   */
  add(select: SelectGood): Promise<number>;
  finish(): Promise<RowCounts>;
}

export interface WriterContext {
  readonly client: Client;
  readonly flow: FlowDefinition;
  readonly entity: EntityDefinition;
  readonly loadId: string;
  /** Number of the server's version, like 180004. */
  readonly serverVersion: number;
}

/** The values of the system columns, in the order of {@link writtenColumns}. */
export function systemValues(loadId: string): readonly string[] {
  return [`${literal(loadId)}::uuid`, "transaction_timestamp()"];
}

/** Columns that a load writes: the mapped ones, then those that every load adds. */
export function writtenColumns(flow: FlowDefinition): readonly string[] {
  return [...flow.mapping.map((item) => item.column), LOAD_ID_COLUMN, LOADED_AT_COLUMN];
}
