import type { EntityColumn, EntityDefinition, FlowDefinition } from "@polyflow/metadata-model";
import type { Client } from "pg";
import { familyOf } from "../cast/type-family.ts";
import { literal } from "../sql-text.ts";
import type { RowCounts } from "./row-counts.ts";
import { LOADED_AT_COLUMN, LOAD_ID_COLUMN } from "./strategy/write-shape.ts";
import type { WriteShape } from "./strategy/write-shape.ts";

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
  /** A column of the target has got a wider type. */
  widen(column: string, physicalType: string): Promise<void>;
  finish(): Promise<RowCounts>;
}

export interface WriterContext {
  readonly client: Client;
  readonly flow: FlowDefinition;
  readonly entity: EntityDefinition;
  /** The columns that are written, in the order of the mapping. */
  readonly columns: readonly EntityColumn[];
  readonly loadId: string;
  /** Number of the server's version, like 180004. */
  readonly serverVersion: number;
  /** Conditions on the target's alias `t`: what lies outside of them is neither deleted nor compared. */
  readonly within: readonly string[];
  /** Records that were loaded before may come again: the window of a cursor looks back, a slice is loaded anew. */
  readonly mayMeetAgain: boolean;
}

/** The values of the system columns, in the order of {@link writtenColumns}. */
export function systemValues(loadId: string): readonly string[] {
  return [`${literal(loadId)}::uuid`, "transaction_timestamp()"];
}

/** Columns that a load writes: the mapped ones, then those that every load adds. */
export function writtenColumns(context: Pick<WriterContext, "columns">): readonly string[] {
  return [...context.columns.map((item) => item.column), LOAD_ID_COLUMN, LOADED_AT_COLUMN];
}

/** What the statements of a strategy must know. */
export function writeShapeOf(
  context: Pick<WriterContext, "flow" | "entity" | "columns" | "within" | "loadId">,
  more: Pick<WriteShape, "strategy" | "incoming" | "at">,
): WriteShape {
  const { flow, entity, columns } = context;
  const systemColumns = new Set(flow.mapping.filter((item) => item.kind === "system").map((item) => item.column));
  const compared = columns.filter((item) => !flow.keys.includes(item.column) && !systemColumns.has(item.column));
  return {
    ...more,
    target: [entity.schema, entity.table],
    columns: columns.map((item) => item.column),
    // without keys whole rows are compared
    compared: compared.map((item) => item.column),
    comparedAsText: compared.filter((item) => familyOf(item.physicalType).kind === "json").map((item) => item.column),
    keys: flow.keys,
    partitionBy: flow.partitionBy,
    onlyChanged: flow.onlyChanged,
    within: context.within,
    ...(flow.missingRows === undefined ? {} : { missingRows: flow.missingRows.action }),
    loadId: context.loadId,
  };
}
