import { literal } from "../sql-text.ts";
import type { Segment } from "../staging.ts";
import type { ColumnPlan } from "./column-plan.ts";

/** The staged records of a segment as `s`; with their number in the file as `s._row` when it is needed. */
function staged(segment: Segment, isNumbered: boolean): string {
  if (!isNumbered) return `${segment.table} s`;
  return `(select *, ${rowNumber(segment)} as _row from ${segment.table}) s`;
}

/** The staging table holds the records in the order of the file (see Staging); so the place in it tells the record. */
function rowNumber(segment: Segment): string {
  const rank = "row_number() over ()";
  if (segment.diverted.length === 0) return `${segment.firstRecord} + ${rank}`;
  // good records that follow a diverted one have a higher number in the file than in the table
  const thresholds = segment.diverted.map((record, index) => record.row - segment.firstRecord - index);
  return `${segment.firstRecord} + ${rank} + width_bucket(${rank}, array[${thresholds.join(",")}]::bigint[])`;
}

function anyReason(plans: readonly ColumnPlan[]): readonly string[] {
  return plans.flatMap((plan) => (plan.reason === undefined ? [] : [plan.reason]));
}

/** `select` of the typed values of all good records, in the order of the file. */
export function goodRecords(segment: Segment, plans: readonly ColumnPlan[], further: readonly string[]): string {
  const isNumbered = plans.some((plan) => plan.value.includes("s._row")) || further.includes("s._row");
  const values = [...plans.map((plan) => plan.value), ...further];
  const conditions = anyReason(plans).map((reason) => `(${reason}) is null`);
  const where = conditions.length === 0 ? "" : ` where ${conditions.join(" and ")}`;
  return `select ${values.join(", ")} from ${staged(segment, isNumbered)}${where}`;
}

export interface RejectTarget {
  /** Qualified and quoted. */
  readonly table: string;
  readonly loadId: string;
  readonly flow: string;
  readonly file: string;
}

/** `insert` of one reject for each bad cell of the segment, with the whole record as the file has it. */
export function insertRejects(
  segment: Segment,
  plans: readonly ColumnPlan[],
  into: RejectTarget & { readonly columnOf: ReadonlyMap<string, number | undefined> },
): string {
  const judged = plans.filter((plan) => plan.reason !== undefined && plan.origin !== undefined);
  const cells = judged.map((plan) => `(${literal(plan.origin?.field ?? "")}, ${plan.origin?.raw ?? "null"}, ${plan.reason ?? "null"})`);
  const isBad = anyReason(plans).map((reason) => `(${reason}) is not null`);
  const present = [...into.columnOf].filter(([, index]) => index !== undefined);
  const names = present.map(([name]) => literal(name)).join(", ");
  const values = present.map(([, index]) => `s.c${index}`).join(", ");
  return `insert into ${into.table} (load_id, flow, file, row_number, column_name, raw_value, reason, record)
    select ${literal(into.loadId)}, ${literal(into.flow)}, ${literal(into.file)}, s._row, cell.field, cell.raw, cell.reason,
           jsonb_object(array[${names}]::text[], array[${values}]::text[])
      from ${staged(segment, true)}
      cross join lateral (values ${cells.join(", ")}) cell(field, raw, reason)
     where (${isBad.join(" or ")}) and cell.reason is not null`;
}
