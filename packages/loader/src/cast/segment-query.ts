import { literal } from "../sql-text.ts";
import type { Segment } from "../segment.ts";
import type { CellJudge, SegmentPlan } from "./segment-plan.ts";

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

function passes(plan: SegmentPlan): readonly string[] {
  return plan.judges.map((judge) => `(${judge.reason}) is null`);
}

function isKept(plan: SegmentPlan): readonly string[] {
  return plan.filters.map((filter) => `(${filter}) is true`);
}

/** `select` of the typed values of all records that are neither rejected nor left out, in the order of the file. */
export function goodRecords(segment: Segment, plan: SegmentPlan, further: readonly string[]): string {
  const isNumbered = plan.columns.some((column) => column.value.includes("s._row")) || further.includes("s._row");
  const values = [...plan.columns.map((column) => column.value), ...further];
  const conditions = [...passes(plan), ...isKept(plan)];
  const where = conditions.length === 0 ? "" : ` where ${conditions.join(" and ")}`;
  return `select ${values.join(", ")} from ${staged(segment, isNumbered)}${where}`;
}

/**
 * `select` of how many records pass but are left out by a filter, and of the greatest `value` among those that are loaded.
 * @param value a typed value, or undefined when nobody wants to know
 */
export function filteredRecords(segment: Segment, plan: SegmentPlan, value: string | undefined): string {
  const kept = isKept(plan).join(" and ") || "true";
  const greatest = value === undefined ? "null" : `max(case when ${[...passes(plan), kept].join(" and ")} then ${value} end)::text`;
  const passed = passes(plan).join(" and ") || "true";
  return `select count(*) filter (where ${passed} and not (${kept})) as filtered, ${greatest} as greatest from ${staged(segment, false)}`;
}

/** `select` of how many cells each judge refuses, as n0, n1, …, with an example as e0, e1, …. */
export function countRefused(segment: Segment, judges: readonly CellJudge[]): string {
  const counts = judges.map(
    ({ raw, reason }, index) =>
      `count(*) filter (where (${reason}) is not null) as n${index}, min(case when (${reason}) is not null then ${raw} end) as e${index}`,
  );
  return `select ${counts.join(", ")} from ${staged(segment, false)}`;
}

export interface RejectTarget {
  /** Qualified and quoted. */
  readonly table: string;
  readonly loadId: string;
  readonly flow: string;
  readonly file: string;
  readonly columnOf: ReadonlyMap<string, number | undefined>;
}

/** `insert` of one reject for each bad cell of the segment, with the whole record as the file has it. */
export function insertRejects(segment: Segment, plan: SegmentPlan, into: RejectTarget): string {
  const isBad = plan.judges.map((judge) => `(${judge.reason}) is not null`).join(" or ");
  return insertCells(segment, plan.judges, { ...into, action: "rejected", where: isBad });
}

/** `insert` of one entry for each cell whose value was thrown away while its record was loaded. */
export function insertDiscards(segment: Segment, plan: SegmentPlan, into: RejectTarget): string {
  const where = [...passes(plan), ...isKept(plan)].join(" and ") || "true";
  return insertCells(segment, plan.discards, { ...into, action: "value_discarded", where });
}

function insertCells(
  segment: Segment,
  judges: readonly CellJudge[],
  into: RejectTarget & { readonly action: string; readonly where: string },
): string {
  const cells = judges.map(({ field, raw, reason }) => `(${literal(field)}, ${raw}, ${reason})`);
  const present = [...into.columnOf].filter(([, index]) => index !== undefined);
  const names = present.map(([name]) => literal(name)).join(", ");
  const values = present.map(([, index]) => `s.c${index}`).join(", ");
  return `insert into ${into.table} (load_id, flow, file, row_number, column_name, raw_value, reason, record, action)
    select ${literal(into.loadId)}, ${literal(into.flow)}, ${literal(into.file)}, s._row, cell.field, cell.raw, cell.reason,
           jsonb_object(array[${names}]::text[], array[${values}]::text[]), ${literal(into.action)}
      from ${staged(segment, true)}
      cross join lateral (values ${cells.join(", ")}) cell(field, raw, reason)
     where (${into.where}) and cell.reason is not null`;
}
