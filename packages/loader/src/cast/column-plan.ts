import { rejectReason } from "@polyflow/contracts";
import type { ColumnMapping, ContractPolicy, EntityColumn, SourceField } from "@polyflow/metadata-model";
import { consistsOf, DIGIT, NO_FACTS, POINT } from "../extract/lexical-facts.ts";
import type { LexicalFacts } from "../extract/lexical-facts.ts";
import { withoutUndefined } from "@polyflow/metadata-model";
import { literal, literals } from "../sql-text.ts";
import { spellingOf } from "./spelling.ts";
import type { Spelling } from "./spelling-form.ts";
import { familyOf } from "./type-family.ts";

/** How one column of the target is made from a staged record, as SQL expressions over the alias `s`. */
export interface ColumnPlan {
  readonly column: string;
  readonly value: string;
  /** The column of the file and its raw text, for rejects; undefined for constants and system values. */
  readonly origin?: { readonly field: string; readonly raw: string };
  /** Why the record cannot be loaded, as text; NULL when it can. Undefined when nothing can be wrong. */
  readonly reason?: string;
  /** Why the cell is not of its type, as text; NULL when it is. Undefined when it cannot be otherwise. Part of `reason` unless `onWrongType` says otherwise. */
  readonly typeReason?: string;
  /** `discard_row`: the record is left out; `discard_value`: the value is NULL instead. */
  readonly onWrongType: "reject" | "discard_row" | "discard_value";
}

export interface PlanContext {
  readonly facts: LexicalFacts;
  readonly columnOf: ReadonlyMap<string, number | undefined>;
  readonly fields: ReadonlyMap<string, SourceField>;
  readonly keys: readonly string[];
  /**
   * Function that tells whether a text is valid input of a type: PostgreSQL's own from 16 on. Undefined: leave that to the cast,
   * which is faster and throws at the first text that is not.
   */
  readonly inputIsValid: string | undefined;
  readonly loadId: string;
  readonly file: string;
  /** What the contract says about cells that are not of their type. */
  readonly dataType: ContractPolicy;
  /** How a statement names a cell of the record. @default "s.c0" and so on */
  readonly cell?: (index: number) => string;
}

/** What is checked and how the value is made, for one column; with `inputIsValid` none of the expressions can throw. */
export function planColumn(mapping: ColumnMapping, column: EntityColumn, context: PlanContext): ColumnPlan {
  switch (mapping.kind) {
    case "constant": {
      const value = mapping.value === null ? "null" : literal(mapping.value);
      return { column: column.column, value: `${value}::${column.physicalType}`, onWrongType: "reject" };
    }
    case "system":
      return { column: column.column, value: `${systemValue(mapping.value, context)}::${column.physicalType}`, onWrongType: "reject" };
    case "field":
      return planField(mapping.field, column, context);
  }
}

function systemValue(value: Extract<ColumnMapping, { kind: "system" }>["value"], context: PlanContext): string {
  switch (value) {
    case "load_id":
      return literal(context.loadId);
    case "loaded_at":
      return "transaction_timestamp()";
    case "file":
      return literal(context.file);
    case "row_number":
      return "s._row";
  }
}

function planField(fieldName: string, column: EntityColumn, context: PlanContext): ColumnPlan {
  const field = context.fields.get(fieldName);
  const index = context.columnOf.get(fieldName);
  const isRequired = column.required || field?.constraints.required === true || context.keys.includes(column.column);
  if (field === undefined || index === undefined) return planAbsent(fieldName, column, isRequired);
  const raw = context.cell?.(index) ?? `s.c${index}`;
  const text = withoutMissing(raw, field, context.facts);
  const spelling = spellingOf({ field, text, facts: context.facts, columnIndex: index });
  const canonical = spelling.canonical;
  const typeComplaints = [
    ...(spelling.isWrong === undefined ? [] : [{ isWrong: spelling.isWrong, reason: spelling.complaint }]),
    ...typeChecks(canonical, { column, complaint: spelling.complaint, inputIsValid: context.inputIsValid }),
  ];
  const typed = castTo(spelling, column);
  const constraints = constraintChecks({ text, typed, field, column, isNeverNegative: isNeverNegative(field, index, context.facts) });
  const onWrongType = wrongTypePolicy(context.dataType, isRequired);
  const typeReason = typeComplaints.length === 0 ? undefined : reasonOf(text, "null", whens(typeComplaints));
  return withoutUndefined({
    column: column.column,
    value: onWrongType === "discard_value" && typeReason !== undefined ? `(case when (${typeReason}) is null then ${typed} end)` : typed,
    origin: { field: fieldName, raw },
    reason: recordReason(text, { isRequired, onWrongType, typeComplaints, constraints }),
    typeReason,
    onWrongType,
  });
}

/** Why the cell keeps its record from being loaded. */
function recordReason(
  text: string,
  about: {
    readonly isRequired: boolean;
    readonly onWrongType: ColumnPlan["onWrongType"];
    readonly typeComplaints: readonly Check[];
    readonly constraints: readonly Check[];
  },
): string | undefined {
  const refusesType = about.onWrongType === "reject";
  const canRefuse = about.isRequired || about.constraints.length > 0 || (refusesType && about.typeComplaints.length > 0);
  if (!canRefuse) return undefined;
  // a cell that is not of its type has no value that a constraint could judge
  const judged = [...whens(about.typeComplaints, refusesType ? undefined : "null"), ...whens(about.constraints)];
  return reasonOf(text, about.isRequired ? literal(rejectReason("required_empty")) : "null", judged);
}

function planAbsent(fieldName: string, column: EntityColumn, isRequired: boolean): ColumnPlan {
  return {
    column: column.column,
    value: `null::${column.physicalType}`,
    origin: { field: fieldName, raw: "null::text" },
    onWrongType: "reject",
    ...(isRequired ? { reason: literal(rejectReason("required_absent")) } : {}),
  };
}

/** @param instead what is said in place of the reason */
function whens(checks: readonly Check[], instead?: string): readonly string[] {
  return checks.map((check) => `when ${check.isWrong} then ${instead ?? literal(check.reason)}`);
}

function reasonOf(text: string, isNull: string, conditions: readonly string[]): string {
  return `case when ${text} is null then ${isNull} ${conditions.join(" ")} end`;
}

/** A required value cannot be thrown away: its record is rejected instead. */
function wrongTypePolicy(policy: ContractPolicy, isRequired: boolean): ColumnPlan["onWrongType"] {
  if (policy === "discard_row") return "discard_row";
  return policy === "discard_value" && !isRequired ? "discard_value" : "reject";
}

/** COPY has made unquoted empty cells NULL; quoted ones and other texts for "no value" follow here. */
function withoutMissing(raw: string, field: SourceField, facts: LexicalFacts): string {
  const texts = facts.hasQuotes || facts === NO_FACTS ? field.missingValues : field.missingValues.filter((text) => text !== "");
  const [only] = texts;
  if (only === undefined) return raw;
  return texts.length === 1 ? `nullif(${raw}, ${literal(only)})` : `(case when ${raw} in (${literals(texts)}) then null else ${raw} end)`;
}

/** Numbers without a minus need not be asked whether they are less than zero. */
function isNeverNegative(field: SourceField, index: number, facts: LexicalFacts): boolean {
  return (field.type === "integer" || field.type === "number") && consistsOf(facts, index, DIGIT | POINT);
}

interface Check {
  readonly isWrong: string;
  readonly reason: string;
}

function typeChecks(
  canonical: string,
  target: { readonly column: EntityColumn; readonly complaint: string; readonly inputIsValid: string | undefined },
): readonly Check[] {
  const { column, complaint, inputIsValid } = target;
  const family = familyOf(column.physicalType);
  if (family.kind === "text") {
    return family.length === undefined
      ? []
      : [{ isWrong: `char_length(${canonical}) > ${family.length}`, reason: rejectReason("too_long", { length: family.length }) }];
  }
  if (inputIsValid === undefined) return [];
  const invalid = rejectReason("not_valid_as", { type: column.physicalType });
  return [
    {
      isWrong: `not ${inputIsValid}(${canonical}, ${literal(column.physicalType)})`,
      reason: complaint === "" ? invalid : rejectReason("or", { one: complaint, other: invalid }),
    },
  ];
}

/** What `minimum`, `maxLength` and their like demand of a cell. */
export function constraintChecks(cell: {
  readonly text: string;
  /** The value of the cell. */
  readonly typed: string;
  readonly field: SourceField;
  readonly column: EntityColumn;
  readonly isNeverNegative: boolean;
}): readonly Check[] {
  const { text, typed, field, column } = cell;
  const { constraints } = field;
  const checks: Check[] = [];
  const bound = (value: string): string => boundLiteral(value, column);
  for (const minimum of [constraints.minimum, column.minimum]) {
    if (minimum === undefined || (cell.isNeverNegative && Number(minimum) <= 0)) continue;
    checks.push({ isWrong: `${typed} < ${bound(minimum)}`, reason: rejectReason("below_minimum", { minimum }) });
  }
  for (const maximum of [constraints.maximum, column.maximum]) {
    if (maximum !== undefined) checks.push({ isWrong: `${typed} > ${bound(maximum)}`, reason: rejectReason("above_maximum", { maximum }) });
  }
  for (const length of [constraints.minLength, column.minLength]) {
    if (length !== undefined) checks.push({ isWrong: `char_length(${text}) < ${length}`, reason: rejectReason("too_short", { length }) });
  }
  for (const length of [constraints.maxLength, column.maxLength]) {
    if (length !== undefined) checks.push({ isWrong: `char_length(${text}) > ${length}`, reason: rejectReason("too_long", { length }) });
  }
  for (const pattern of [constraints.pattern, column.pattern]) {
    if (pattern !== undefined)
      checks.push({ isWrong: `${text} !~ ${literal(`^(?:${pattern})$`)}`, reason: rejectReason("no_match", { pattern }) });
  }
  if (constraints.enum !== undefined) {
    checks.push({
      isWrong: `${text} not in (${literals(constraints.enum)})`,
      reason: rejectReason("not_one_of", { values: constraints.enum.join(", ") }),
    });
  }
  return checks;
}

const SMALL_INTEGER = /^[+-]?\d{1,18}$/;

/** A bound is compared as a number where the column is one, so that `minimum: 0.5` works for an integer column too. */
function boundLiteral(value: string, column: EntityColumn): string {
  const family = familyOf(column.physicalType);
  if (family.kind === "integer" && SMALL_INTEGER.test(value)) return `${literal(value)}::bigint`;
  return `${literal(value)}::${family.kind === "number" || family.kind === "integer" ? "numeric" : column.physicalType}`;
}

function castTo(spelling: Spelling, column: EntityColumn): string {
  const { canonical } = spelling;
  const family = familyOf(column.physicalType);
  if (family.kind === "boolean" && spelling.isTrue !== undefined) return spelling.isTrue;
  if (family.kind === "instant" && column.defaultTimezone !== undefined) {
    const hasZone = `(${canonical}) ~ '(Z|[+-]\\d{2}(:?\\d{2})?)$'`;
    const local = `((${canonical})::timestamp at time zone ${literal(column.defaultTimezone)})`;
    return `(case when ${hasZone} then (${canonical})::timestamptz else ${local} end)`;
  }
  if (family.kind === "text" && family.length === undefined) return canonical;
  return `(${canonical})::${column.physicalType}`;
}
