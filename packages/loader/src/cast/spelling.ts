import type { SourceField } from "@polyflow/metadata-model";
import { consistsOf, DIGIT, looksLike, MINUS, POINT } from "../extract/lexical-facts.ts";
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
  /** For booleans the value itself, without a way through text. */
  readonly isTrue?: string;
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
    const allowed = isInteger ? DIGIT | MINUS : DIGIT | MINUS | POINT;
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
    isTrue: `${text} in (${literals(field.trueValues)})`,
  };
}

interface IsoForm {
  readonly pattern: string;
  /** Shapes that need no pattern: whoever looks like one of them matches it. */
  readonly examples: readonly string[];
  readonly complaint: string;
}

const ISO_FORMS: { readonly [type in "date" | "datetime" | "time"]: IsoForm } = {
  date: { pattern: "^\\d{4}-\\d{2}-\\d{2}$", examples: ["2024-12-31"], complaint: "not a date like 2024-12-31" },
  datetime: {
    pattern: "^\\d{4}-\\d{2}-\\d{2}[T ]\\d{2}:\\d{2}(:\\d{2}(\\.\\d+)?)?(Z|[+-]\\d{2}(:?\\d{2})?)?$",
    examples: [
      "2024-12-31 23:59:59",
      "2024-12-31T23:59:59",
      "2024-12-31T23:59:59Z",
      "2024-12-31T23:59:59.999Z",
      "2024-12-31 23:59:59.999999",
      "2024-12-31 23:59",
    ],
    complaint: "not a time like 2024-12-31T23:59:59",
  },
  time: { pattern: "^\\d{2}:\\d{2}(:\\d{2}(\\.\\d+)?)?$", examples: ["23:59:59", "23:59"], complaint: "not a time of day like 23:59:59" },
};

function isoSpelling({ field, text, facts, columnIndex }: SpellingInput): Spelling {
  const form = ISO_FORMS[field.type === "date" || field.type === "time" ? field.type : "datetime"];
  const isSure = looksLike(facts, columnIndex, form.examples);
  return { ...(isSure ? {} : { isWrong: `${text} !~ ${literal(form.pattern)}` }), complaint: form.complaint, canonical: text };
}
