import type { SourceField } from "@polyflow/metadata-model";
import type { ColumnPlanning, PlannedColumn } from "../contract/planned-column.ts";
import { NO_FACTS } from "../extract/lexical-facts.ts";
import type { LexicalFacts } from "../extract/lexical-facts.ts";
import { constraintChecks, planColumn } from "./column-plan.ts";
import type { ColumnPlan, PlanContext } from "./column-plan.ts";
import { plainForm } from "./plain-form.ts";
import { familyOf } from "./type-family.ts";

/**
 * How clean files are staged: COPY itself reads the cells into their types and checks them, which saves the second look at each cell.
 * It takes all records of a segment or none. What it reads more kindly than the description allows (`1e3` as a number, `Jan 5` as a day)
 * is found by the facts of the scanner, which must say that the cells are written in the one plain way.
 */
export interface TypedStage {
  /** SQL types of the cells, with NOT NULL where one must have a value; cells that nobody wants stay text. */
  readonly types: readonly string[];
  /** SQL conditions on the columns `c0`, `c1`, …: true for records that pass. */
  readonly conditions: readonly string[];
  /** Cells of which an empty text in quotes is no value either. */
  readonly emptyIsNull: readonly number[];
  /** How the columns of the target are made from a staged record; none can fail. */
  readonly columns: readonly ColumnPlan[];
  /** True when the cells of a segment are written in the one way that the types read as the description does. */
  proves(facts: LexicalFacts): boolean;
}

/** One cell of a record, staged. */
interface StagedCell {
  readonly type: string;
  readonly conditions: readonly string[];
  readonly plan: ColumnPlan;
  readonly emptyIsNull: boolean;
  proves(facts: LexicalFacts): boolean;
}

/** @returns undefined when some column can only be judged from its text */
export function planTypedStage(planning: ColumnPlanning, context: PlanContext & { readonly columnCount: number }): TypedStage | undefined {
  if (planning.unwanted.length > 0) return undefined;
  const cells = new Map<number, StagedCell>();
  const columns: ColumnPlan[] = [];
  for (const planned of planning.columns) {
    const index = planned.mapping.kind === "field" ? context.columnOf.get(planned.mapping.field) : undefined;
    if (index === undefined) {
      const plan = planColumn(planned.mapping, planned.column, context);
      if (plan.reason !== undefined) return undefined;
      columns.push(plan);
      continue;
    }
    const cell = cells.has(index) ? undefined : stagedCell(planned, index, context);
    if (cell === undefined) return undefined;
    cells.set(index, cell);
    columns.push(cell.plan);
  }
  const all = [...cells];
  return {
    types: Array.from({ length: context.columnCount }, (_, index) => cells.get(index)?.type ?? "text"),
    conditions: all.flatMap(([, cell]) => cell.conditions),
    emptyIsNull: all.filter(([, cell]) => cell.emptyIsNull).map(([index]) => index),
    columns,
    proves: (facts) => all.every(([, cell]) => cell.proves(facts)),
  };
}

function stagedCell(planned: PlannedColumn, index: number, context: PlanContext): StagedCell | undefined {
  const field = planned.mapping.kind === "field" ? context.fields.get(planned.mapping.field) : undefined;
  if (field === undefined) return undefined;
  return asType(planned.column, { field, index, context }) ?? asText(planned, { field, index, context });
}

interface CellPlace {
  readonly field: SourceField;
  readonly index: number;
  readonly context: PlanContext;
}

/** What is written in its plain form: PostgreSQL reads it itself. */
function asType(column: PlannedColumn["column"], { field, index, context }: CellPlace): StagedCell | undefined {
  const family = familyOf(column.physicalType);
  const isText = family.kind === "text";
  const form = plainForm(field, family);
  const isConverted = family.kind === "instant" && column.defaultTimezone !== undefined;
  if (form === undefined || isConverted || (!isText && (judgesText(field.constraints) || judgesText(column)))) return undefined;
  if (field.missingValues.some((text) => text !== "" && form.allows(text))) return undefined;
  const staged = `c${index}`;
  const isRequired = column.required || field.constraints.required || context.keys.includes(column.column);
  const bounds = constraintChecks({ text: staged, typed: staged, field, column, isNeverNegative: form.hasNoSign });
  return {
    type: `${column.physicalType}${isRequired ? " not null" : ""}`,
    conditions: bounds.map(({ isWrong }) => `(${isWrong}) is not true`),
    plan: { column: column.column, value: `s.${staged}`, origin: { field: field.name, raw: `s.${staged}::text` }, onWrongType: "reject" },
    emptyIsNull: field.missingValues.includes(""),
    proves: (facts) => form.isProven(facts, index),
  };
}

/** Texts and booleans in other forms: made from the text by expressions that cannot fail, once the condition holds. */
function asText({ mapping, column }: PlannedColumn, { field, context }: CellPlace): StagedCell | undefined {
  const family = familyOf(column.physicalType).kind;
  if (family !== "text" && !(family === "boolean" && field.type === "boolean")) return undefined;
  // the facts are not known yet, so nothing is taken for granted
  const open = { ...context, facts: NO_FACTS, inputIsValid: undefined };
  const { value, origin } = planColumn(mapping, column, open);
  const { reason } = planColumn(mapping, column, { ...open, cell: (place) => `c${place}` });
  return {
    type: "text",
    conditions: reason === undefined ? [] : [`(${reason}) is null`],
    plan: { column: column.column, value, onWrongType: "reject", ...(origin === undefined ? {} : { origin }) },
    emptyIsNull: false,
    proves: () => true,
  };
}

/** Whether a constraint is about the text of the cell, which a typed column does not have any more. */
function judgesText(constraints: {
  readonly minLength?: unknown;
  readonly maxLength?: unknown;
  readonly pattern?: unknown;
  readonly enum?: unknown;
}): boolean {
  const { minLength, maxLength, pattern } = constraints;
  return [minLength, maxLength, pattern, constraints.enum].some((constraint) => constraint !== undefined);
}
