import { literal } from "../sql-text.ts";
import type { UnwantedCell } from "../contract/planned-column.ts";
import type { ColumnPlan } from "./column-plan.ts";
import type { RowFilter } from "./row-filter.ts";

/** A cell that is looked at, and what is said of it when it is bad. */
export interface CellJudge {
  /** Column of the file. */
  readonly field: string;
  /** SQL expression of the raw text. */
  readonly raw: string;
  /** SQL expression: why, as text, or NULL. */
  readonly reason: string;
}

/** All that is done with the records of a segment, as SQL expressions over the alias `s`. */
export interface SegmentPlan {
  readonly columns: readonly ColumnPlan[];
  /** A record that one of them refuses is rejected. */
  readonly judges: readonly CellJudge[];
  /** Cells whose values were thrown away although the record was loaded. */
  readonly discards: readonly CellJudge[];
  /** A record is left out, without being rejected, unless all are true. */
  readonly filters: readonly string[];
}

/** Puts the plans of the columns together with cells that must be empty and with filters of rows. */
export function segmentPlan(
  columns: readonly ColumnPlan[],
  more: { readonly unwanted: readonly UnwantedCell[]; readonly filters: readonly RowFilter[] },
): SegmentPlan {
  const judges: CellJudge[] = [];
  const discards: CellJudge[] = [];
  const filters: string[] = [];
  for (const { origin, reason, typeReason, onWrongType } of columns) {
    if (origin !== undefined && reason !== undefined) judges.push({ ...origin, reason });
    if (typeReason === undefined || origin === undefined || onWrongType === "reject") continue;
    if (onWrongType === "discard_value") discards.push({ ...origin, reason: typeReason });
    else filters.push(`(${typeReason}) is null`);
  }
  for (const { field, index, reason, policy } of more.unwanted) {
    const raw = `s.c${index}`;
    const isPresent = `nullif(${raw}, '') is not null`;
    if (policy === "quarantine") judges.push({ field, raw, reason: `case when ${isPresent} then ${literal(reason)} end` });
    else filters.push(`not (${isPresent})`);
  }
  for (const filter of more.filters) {
    const column = columns.find((candidate) => candidate.column === filter.column);
    if (column !== undefined) filters.push(guarded(column, filter.keeps(column.value)));
  }
  return { columns, judges, discards, filters };
}

/** A value is compared only where it is one: the order of conditions in WHERE is not the order of their evaluation. */
function guarded({ reason, typeReason }: ColumnPlan, condition: string): string {
  const reasons = [reason, typeReason].filter((item) => item !== undefined);
  if (reasons.length === 0) return `(${condition})`;
  return `(case when ${reasons.map((item) => `(${item}) is null`).join(" and ")} then ${condition} else true end)`;
}
