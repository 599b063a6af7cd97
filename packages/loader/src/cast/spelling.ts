import { rejectReason } from "@polyflow/contracts";
import type { SourceField } from "@polyflow/metadata-model";
import { consistsOf, DIGIT, looksLike, MINUS, POINT } from "../extract/lexical-facts.ts";
import type { LexicalFacts } from "../extract/lexical-facts.ts";
import { literal, literals } from "../sql-text.ts";
import { ISO_FORMS } from "./iso-forms.ts";
import { formattedDate } from "./formatted-date.ts";
import { numberPattern } from "./number-pattern.ts";
import type { Spelling } from "./spelling-form.ts";

export interface SpellingInput {
  readonly field: SourceField;
  /** The cell, missing values already NULL. */
  readonly text: string;
  readonly facts: LexicalFacts;
  readonly columnIndex: number;
}

/** Judges the spelling of one field strictly: the whole text, nothing guessed. */
export function spellingOf(input: SpellingInput): Spelling {
  switch (input.field.type) {
    case "integer":
    case "number":
      return numberSpelling(input);
    case "boolean":
      return booleanSpelling(input);
    case "date":
    case "datetime":
    case "time":
      return input.field.format === undefined ? isoSpelling(input) : formattedDate(input.text, input.field.format);
    case "string":
    case "object":
    case "array":
    case "any":
      return { complaint: "", canonical: input.text };
  }
}

function numberSpelling({ field, text, facts, columnIndex }: SpellingInput): Spelling {
  const isInteger = field.type === "integer";
  const complaint = rejectReason(isInteger ? "not_integer" : "not_number");
  if (field.groupChar === undefined && field.decimalChar === ".") {
    const allowed = isInteger ? DIGIT | MINUS : DIGIT | MINUS | POINT;
    // Such cells can still be wrong ("1-2"), but then the check of the type says so.
    if (consistsOf(facts, columnIndex, allowed)) return { complaint, canonical: text };
    return { isWrong: `${text} !~ ${literal(numberPattern(field).pattern)}`, complaint, canonical: text };
  }
  const { pattern, groups } = numberPattern(field);
  const plain = groups === "" ? text : `translate(${text}, ${literal(groups)}, '')`;
  return {
    isWrong: `${text} !~ ${literal(pattern)}`,
    complaint,
    canonical: field.decimalChar === "." ? plain : `replace(${plain}, ${literal(field.decimalChar)}, '.')`,
  };
}

function booleanSpelling({ field, text }: SpellingInput): Spelling {
  const all = [...field.trueValues, ...field.falseValues];
  return {
    isWrong: `${text} not in (${literals(all)})`,
    complaint: rejectReason("not_one_of", { values: all.join(", ") }),
    canonical: `case when ${text} in (${literals(field.trueValues)}) then 'true' when ${text} in (${literals(field.falseValues)}) then 'false' end`,
    isTrue: `${text} in (${literals(field.trueValues)})`,
  };
}

function isoSpelling({ field, text, facts, columnIndex }: SpellingInput): Spelling {
  const form = ISO_FORMS[field.type === "date" || field.type === "time" ? field.type : "datetime"];
  const isSure = looksLike(facts, columnIndex, form.examples);
  return { ...(isSure ? {} : { isWrong: `${text} !~ ${literal(form.pattern)}` }), complaint: form.complaint, canonical: text };
}
