import { rejectReason } from "@polyflow/contracts";
import type { ColumnMapping, ContractPolicy, EntityColumn, SourceField } from "@polyflow/metadata-model";
import type { ColumnPlanning, PlannedColumn } from "../contract/planned-column.ts";
import type { LoadSubject } from "../load-request.ts";
import { CellJudge } from "../preview/judge-cell.ts";
import type { StagedRecord } from "../preview/read-records.ts";
import { neverEmpty } from "../segment-caster.ts";
import type { BulkType } from "./bulk-type.ts";
import { compareValues, readValue } from "./read-value.ts";

/** A cell that was refused, or whose value was thrown away. */
export interface CellComplaint {
  /** Column of the file. */
  readonly field: string;
  readonly raw: string | null;
  readonly reason: string;
  /** The text is none of the type, rather than one that a constraint does not take. */
  readonly isType?: boolean;
}

/** What becomes of a record before the database has seen it. */
export type JudgedRecord =
  | { readonly kind: "good"; readonly cells: readonly (string | null)[]; readonly discarded: readonly CellComplaint[] }
  | { readonly kind: "rejected"; readonly complaints: readonly CellComplaint[] }
  | { readonly kind: "left_out" };

export interface JudgeContext {
  readonly flow: LoadSubject["flow"];
  readonly planning: ColumnPlanning;
  /** Type of each column of the target. */
  readonly typeOf: (column: EntityColumn) => BulkType;
  readonly loadId: string;
  /** ISO 8601 */
  readonly loadedAt: string;
  readonly file: string;
}

type CellReading =
  | { readonly kind: "value"; readonly value: string | null }
  | { readonly kind: "wrong"; readonly complaint: CellComplaint; readonly isType: boolean };

type CellReader = (record: StagedRecord) => CellReading;

/**
 * Judges whole records by the description of source and entity as the loader for PostgreSQL does in SQL, for databases that cannot: what
 * passes is a text that the target converts without guessing.
 */
export class RecordJudge {
  readonly #context: JudgeContext;
  readonly #columns: readonly { readonly reader: CellReader; readonly isRequired: boolean }[];

  constructor(context: JudgeContext) {
    this.#context = context;
    this.#columns = context.planning.columns.map((planned) => ({
      reader: readerOf(planned, context),
      isRequired: isRequired(planned, context),
    }));
  }

  judge(record: StagedRecord): JudgedRecord {
    const policy = this.#context.flow.contract.dataType;
    const complaints: CellComplaint[] = [];
    const discarded: CellComplaint[] = [];
    let isLeftOut = false;
    const cells = this.#columns.map(({ reader, isRequired: required }) => {
      const read = reader(record);
      if (read.kind === "value") return read.value;
      const action = read.isType ? typeAction(policy, required) : "reject";
      if (action === "reject") complaints.push({ ...read.complaint, isType: read.isType });
      else if (action === "leave_out") isLeftOut = true;
      else discarded.push(read.complaint);
      return null;
    });
    for (const { field, index, reason, policy: columnPolicy } of this.#context.planning.unwanted) {
      const raw = record.cells[index] ?? null;
      if (raw === null || raw === "") continue;
      if (columnPolicy === "quarantine") complaints.push({ field, raw, reason });
      else isLeftOut = true;
    }
    if (complaints.length > 0) return { kind: "rejected", complaints };
    return isLeftOut ? { kind: "left_out" } : { kind: "good", cells, discarded };
  }
}

/** A required value cannot be thrown away: its record is rejected instead. */
function typeAction(policy: ContractPolicy, required: boolean): "reject" | "leave_out" | "discard" {
  if (policy === "discard_row") return "leave_out";
  return policy === "discard_value" && !required ? "discard" : "reject";
}

function isRequired({ mapping, column }: PlannedColumn, { flow, planning }: JudgeContext): boolean {
  const field = mapping.kind === "field" ? planning.fields.get(mapping.field) : undefined;
  return column.required || field?.constraints.required === true || neverEmpty(flow).includes(column.column);
}

function readerOf(planned: PlannedColumn, context: JudgeContext): CellReader {
  const { mapping, column } = planned;
  if (mapping.kind === "field") return fieldReader(mapping.field, planned, context);
  const type = context.typeOf(column);
  return (record) => {
    const text = mapping.kind === "constant" ? mapping.value : systemText(mapping.value, record, context);
    if (text === null) return { kind: "value", value: null };
    const value = readValue(text, type, column);
    if (value !== undefined) return { kind: "value", value };
    return wrong({ field: column.column, raw: text }, rejectReason("not_valid_as", { type: column.physicalType }), true);
  };
}

function systemText(value: Extract<ColumnMapping, { kind: "system" }>["value"], record: StagedRecord, context: JudgeContext): string {
  const texts = { load_id: context.loadId, loaded_at: context.loadedAt, file: context.file, row_number: String(record.row) };
  return texts[value];
}

function fieldReader(fieldName: string, planned: PlannedColumn, context: JudgeContext): CellReader {
  const { planning } = context;
  const field = planning.fields.get(fieldName);
  const index = planning.columnOf.get(fieldName);
  const required = isRequired(planned, context);
  if (field === undefined || index === undefined) {
    if (!required) return () => ({ kind: "value", value: null });
    return () => wrong({ field: fieldName, raw: null }, rejectReason("required_absent"), false);
  }
  const read = cellReader(field, planned.column, context.typeOf(planned.column));
  return (record) => {
    const raw = record.cells[index] ?? null;
    const cell = { field: fieldName, raw };
    const judged = read(raw);
    if ("reason" in judged) return wrong(cell, judged.reason, judged.isOfWrongType === true);
    if (judged.value === null && required) return wrong(cell, rejectReason("required_empty"), false);
    return { kind: "value", value: judged.value };
  };
}

function wrong(cell: Pick<CellComplaint, "field" | "raw">, reason: string, isType: boolean): CellReading {
  return { kind: "wrong", complaint: { ...cell, reason }, isType };
}

/** The field's own judgement, then that of the column it goes to. */
function cellReader(field: SourceField, column: EntityColumn, type: BulkType): CellJudge["judge"] {
  const judge = new CellJudge(field);
  const pattern = column.pattern === undefined ? undefined : new RegExp(`^(?:${column.pattern})$`, "u");
  return (raw) => {
    const judged = judge.judge(raw);
    if ("reason" in judged || judged.value === null) return judged;
    const value = readValue(judged.value, type, column);
    if (value === undefined) {
      const isTooLong = type.kind === "text" && type.length !== undefined;
      return {
        reason: isTooLong
          ? rejectReason("too_long", { length: type.length ?? 0 })
          : rejectReason("not_valid_as", { type: column.physicalType }),
        isOfWrongType: true,
      };
    }
    const complaint = columnComplaint({ text: raw ?? "", value }, { column, type, pattern });
    return complaint === undefined ? { value } : { reason: complaint };
  };
}

function columnComplaint(
  { text, value }: { readonly text: string; readonly value: string },
  { column, type, pattern }: { readonly column: EntityColumn; readonly type: BulkType; readonly pattern: RegExp | undefined },
): string | undefined {
  const { minimum, maximum, minLength, maxLength } = column;
  const compare = (bound: string): number =>
    compareValues(value, readValue(bound, { sql: type.sql, kind: boundKind(type) }, column) ?? bound, type.kind) ?? 0;
  if (minimum !== undefined && compare(minimum) < 0) return rejectReason("below_minimum", { minimum });
  if (maximum !== undefined && compare(maximum) > 0) return rejectReason("above_maximum", { maximum });
  const length = minLength === undefined && maxLength === undefined ? 0 : Array.from(text).length;
  if (minLength !== undefined && length < minLength) return rejectReason("too_short", { length: minLength });
  if (maxLength !== undefined && length > maxLength) return rejectReason("too_long", { length: maxLength });
  return pattern?.test(text) === false ? rejectReason("no_match", { pattern: column.pattern ?? "" }) : undefined;
}

/** `minimum: 0.5` works for an integer column too. */
function boundKind({ kind }: BulkType): BulkType["kind"] {
  return kind === "integer" || kind === "float" ? "decimal" : kind;
}
