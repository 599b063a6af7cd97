import { rejectReason } from "@polyflow/contracts";
import type { ColumnPlanning } from "../contract/planned-column.ts";
import type { BulkColumn, BulkEngine } from "./bulk-engine.ts";
import type { TextConversion } from "./convert-texts.ts";
import type { SpooledReject } from "./reject-spool.ts";

/** What a server does not take of one record that the judge has passed. */
export interface RefusedRecord {
  /** The cells that keep it out; where there are none, those whose values become NULL. */
  readonly entries: readonly SpooledReject[];
  readonly isRejected: boolean;
}

/** Asks the server which of the staged texts it cannot convert, in the order of the file; most loads have none, and that takes one look. */
export async function serverRefusals(
  engine: Pick<BulkEngine, "session" | "words">,
  of: {
    readonly planning: ColumnPlanning;
    readonly columns: readonly BulkColumn[];
    readonly conversion: TextConversion;
    /** Columns whose refused values are NULL instead. */
    readonly discards: ReadonlySet<string>;
  },
): Promise<readonly RefusedRecord[]> {
  const { session, words } = engine;
  const [counts] = of.conversion.countRefused === undefined ? [] : await session.query(of.conversion.countRefused);
  const found: SpooledReject[] = [];
  for (const [index, { column, type }] of of.columns.entries()) {
    if (Number(counts?.[`n${index}`] ?? 0) === 0) continue;
    const mapping = of.planning.columns[index]?.mapping;
    const field = mapping?.kind === "field" ? mapping.field : column.column;
    const action = of.discards.has(column.column) ? "value_discarded" : "rejected";
    const reason = rejectReason("not_valid_as", { type: `${type.sql} in ${words.name}` });
    for (const { _row: row, raw = null } of await session.query(of.conversion.refused(index)))
      found.push({ row: Number(row), field, raw, reason, isType: true, record: { [field]: raw }, action });
  }
  return [...Map.groupBy(found, ({ row }) => row)]
    .toSorted(([left], [right]) => left - right)
    .map(([, entries]) => {
      const isRejected = entries.some(({ action }) => action === "rejected");
      return { entries: entries.filter(({ action }) => (action === "rejected") === isRejected), isRejected };
    });
}
