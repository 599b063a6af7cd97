import { rejectReason } from "@polyflow/contracts";
import type { SourceField } from "@polyflow/metadata-model";
import { ISO_FORMS } from "../cast/iso-forms.ts";
import { numberPattern } from "../cast/number-pattern.ts";
import { DateReader, isIsoMoment } from "./date-reader.ts";

/** What a load would make of a cell, as text in the form that databases read; or why it would reject it. */
export type JudgedCell =
  | { readonly value: string | null }
  | {
      readonly reason: string;
      /** The text is none of the field's type, rather than one that a constraint does not take. */
      readonly isOfWrongType?: boolean;
    };

/**
 * Judges the cells of one declared field as a load does, without a database. The database has the last word: it knows the target's type,
 * of which the source's description says nothing.
 */
export class CellJudge {
  readonly #field: SourceField;
  readonly #missing: ReadonlySet<string>;
  readonly #read: (text: string) => JudgedCell;
  readonly #pattern: RegExp | undefined;

  constructor(field: SourceField) {
    this.#field = field;
    this.#missing = new Set(field.missingValues);
    this.#read = readerOf(field);
    const { pattern } = field.constraints;
    this.#pattern = pattern === undefined ? undefined : new RegExp(`^(?:${pattern})$`, "u");
  }

  /** @param text the cell as staged; null: an empty cell, or no such column */
  judge(text: string | null): JudgedCell {
    if (text === null || this.#missing.has(text))
      return this.#field.constraints.required ? { reason: rejectReason("required_empty") } : { value: null };
    const read = this.#read(text);
    if ("reason" in read) return { ...read, isOfWrongType: true };
    if (read.value === null) return read;
    const complaint = this.#complaint(text, read.value);
    return complaint === undefined ? read : { reason: complaint };
  }

  #complaint(text: string, value: string): string | undefined {
    const { minimum, maximum, minLength, maxLength, enum: allowed } = this.#field.constraints;
    const length = Array.from(text).length;
    if (minimum !== undefined && isLess(this.#field, value, minimum)) return rejectReason("below_minimum", { minimum });
    if (maximum !== undefined && isLess(this.#field, maximum, value)) return rejectReason("above_maximum", { maximum });
    if (minLength !== undefined && length < minLength) return rejectReason("too_short", { length: minLength });
    if (maxLength !== undefined && length > maxLength) return rejectReason("too_long", { length: maxLength });
    if (this.#pattern?.test(text) === false) return rejectReason("no_match", { pattern: this.#field.constraints.pattern ?? "" });
    if (allowed !== undefined && !allowed.includes(text)) return rejectReason("not_one_of", { values: allowed.join(", ") });
    return undefined;
  }
}

function readerOf(field: SourceField): (text: string) => JudgedCell {
  switch (field.type) {
    case "integer":
    case "number":
      return numberReader(field);
    case "boolean":
      return (text) => {
        if (field.trueValues.includes(text)) return { value: "true" };
        return field.falseValues.includes(text)
          ? { value: "false" }
          : { reason: rejectReason("not_one_of", { values: [...field.trueValues, ...field.falseValues].join(", ") }) };
      };
    case "date":
    case "datetime":
    case "time":
      return momentReader(field);
    case "object":
    case "array":
      return (text) => (isJson(text) ? { value: text } : { reason: rejectReason("not_valid_as", { type: "jsonb" }) });
    case "string":
    case "any":
      return (text) => ({ value: text });
  }
}

function numberReader(field: SourceField): (text: string) => JudgedCell {
  const { pattern, groups } = numberPattern(field);
  const written = new RegExp(pattern);
  const reason = rejectReason(field.type === "integer" ? "not_integer" : "not_number");
  return (text) => {
    if (!written.test(text)) return { reason };
    const bare = Array.from(text, (character) => (groups.includes(character) ? "" : character)).join("");
    return { value: field.decimalChar === "." ? bare : bare.replace(field.decimalChar, ".") };
  };
}

function momentReader(field: SourceField): (text: string) => JudgedCell {
  if (field.format !== undefined) {
    const reader = new DateReader(field.format);
    return (text) => {
      const value = reader.read(text);
      return value === undefined ? { reason: rejectReason("not_date_like", { example: field.format ?? "" }) } : { value };
    };
  }
  const type = field.type === "date" || field.type === "time" ? field.type : "datetime";
  return (text) => (isIsoMoment(text, type) ? { value: text } : { reason: ISO_FORMS[type].complaint });
}

function isLess(field: SourceField, left: string, right: string): boolean {
  if (field.type === "integer" || field.type === "number") return Number(left) < Number(right);
  return left < right;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
