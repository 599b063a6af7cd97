import type { SourceField } from "@polyflow/metadata-model";
import { consistsOf, COLON, DIGIT, ISO_LETTER, POINT, SIGN, SPACE } from "../extract/lexical-facts.ts";
import type { LexicalFacts } from "../extract/lexical-facts.ts";
import { literal, literals } from "../sql-text.ts";
import { formattedDate } from "./formatted-date.ts";

/** How a text of the file is judged and brought into the form that PostgreSQL reads. All are SQL expressions. */
export interface Spelling {
  /** True when the text is spelled wrongly; undefined when it cannot be. */
  readonly isWrong?: string;
  /** Said about a wrong text. */
  readonly complaint: string;
  /** The text as PostgreSQL reads it; means something only when the spelling is right. */
  readonly canonical: string;
}

export interface SpellingInput {
  readonly field: SourceField;
  /** The cell, missing values already NULL. */
  readonly text: string;
  readonly facts: LexicalFacts;
  readonly columnIndex: number;
}

/** Spaces of all widths that people group digits with. */
const GROUP_SPACES = " \u00a0\u202f\u2009";

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
  const complaint = isInteger ? "not an integer" : "not a number";
  if (field.groupChar === undefined && field.decimalChar === ".") {
    const allowed = isInteger ? DIGIT | SIGN : DIGIT | SIGN | POINT;
    // Such cells can still be wrong ("1-2"), but then the check of the type says so.
    if (consistsOf(facts, columnIndex, allowed)) return { complaint, canonical: text };
    const pattern = isInteger ? "^[+-]?\\d+$" : "^[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?$";
    return { isWrong: `${text} !~ ${literal(pattern)}`, complaint, canonical: text };
  }
  const groups = field.groupChar === undefined ? "" : GROUP_SPACES.includes(field.groupChar) ? GROUP_SPACES : field.groupChar;
  const group = groups === "" ? "" : `|\\d{1,3}([${escapeInClass(groups)}]\\d{3})+`;
  const decimals = isInteger ? "" : `([${escapeInClass(field.decimalChar)}]\\d*)?`;
  const plain = groups === "" ? text : `translate(${text}, ${literal(groups)}, '')`;
  return {
    isWrong: `${text} !~ ${literal(`^[+-]?(\\d+${group})${decimals}$`)}`,
    complaint,
    canonical: field.decimalChar === "." ? plain : `replace(${plain}, ${literal(field.decimalChar)}, '.')`,
  };
}

function escapeInClass(characters: string): string {
  return characters.replaceAll(/[\]\\^-]/g, "\\$&");
}

function booleanSpelling({ field, text }: SpellingInput): Spelling {
  const all = [...field.trueValues, ...field.falseValues];
  return {
    isWrong: `${text} not in (${literals(all)})`,
    complaint: `not one of ${all.join(", ")}`,
    canonical: `case when ${text} in (${literals(field.trueValues)}) then 'true' when ${text} in (${literals(field.falseValues)}) then 'false' end`,
  };
}

const ISO_FORMS = {
  date: { pattern: "^\\d{4}-\\d{2}-\\d{2}$", complaint: "not a date like 2024-12-31" },
  datetime: {
    pattern: "^\\d{4}-\\d{2}-\\d{2}[T ]\\d{2}:\\d{2}(:\\d{2}(\\.\\d+)?)?(Z|[+-]\\d{2}(:?\\d{2})?)?$",
    complaint: "not a time like 2024-12-31T23:59:59",
  },
  time: { pattern: "^\\d{2}:\\d{2}(:\\d{2}(\\.\\d+)?)?$", complaint: "not a time of day like 23:59:59" },
} as const;

function isoSpelling({ field, text, facts, columnIndex }: SpellingInput): Spelling {
  const form = field.type === "date" ? ISO_FORMS.date : field.type === "datetime" ? ISO_FORMS.datetime : ISO_FORMS.time;
  // LIKE costs a fifth of a regular expression, and suffices where no other characters occur.
  let isWrong = `${text} !~ ${literal(form.pattern)}`;
  if (field.type === "date" && consistsOf(facts, columnIndex, DIGIT | SIGN)) isWrong = `${text} not like '____-__-__'`;
  if (field.type === "datetime" && consistsOf(facts, columnIndex, DIGIT | SIGN | COLON | POINT | SPACE | ISO_LETTER)) {
    isWrong = `${text} not like '____-__-__ __:__%' and ${text} not like '____-__-__T__:__%'`;
  }
  return { isWrong, complaint: form.complaint, canonical: text };
}
