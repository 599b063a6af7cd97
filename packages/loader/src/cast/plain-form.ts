import type { SourceField } from "@polyflow/metadata-model";
import { consistsOf, DIGIT, looksLike, MINUS, POINT } from "../extract/lexical-facts.ts";
import type { LexicalFacts } from "../extract/lexical-facts.ts";
import { ISO_FORMS } from "./iso-forms.ts";
import type { TypeFamily } from "./type-family.ts";

/** The one way to write a value that PostgreSQL and the description of the source read alike. */
export interface PlainForm {
  /** True for texts that are written in it. */
  allows(text: string): boolean;
  /** True when all cells of a segment are known to be written in it. */
  isProven(facts: LexicalFacts, index: number): boolean;
  /** It has no room for a minus: what must not be below zero is not. */
  readonly hasNoSign: boolean;
}

/** Formats that PostgreSQL reads as they are, where days come before months. */
const DAY_FIRST: ReadonlyMap<string, string> = new Map([
  ["%d.%m.%Y", "31.12.2024"],
  ["%d/%m/%Y", "31/12/2024"],
  ["%d.%m.%Y %H:%M", "31.12.2024 23:59"],
  ["%d.%m.%Y %H:%M:%S", "31.12.2024 23:59:59"],
]);

/** The plain form of a field in a column of the family; undefined when there is none. */
export function plainForm(field: SourceField, family: TypeFamily): PlainForm | undefined {
  if (family.kind === "text") return isPlainText(field, family) ? ANYTHING : undefined;
  switch (field.type) {
    case "integer":
    case "number":
      return digitForm(field);
    case "date":
    case "datetime":
    case "time":
      return momentForm(field.type, field.format);
    case "boolean":
      return family.kind === "boolean" ? wordForm(field) : undefined;
    case "string":
    case "object":
    case "array":
    case "any":
      return undefined;
  }
}

function momentForm(type: "date" | "datetime" | "time", format: string | undefined): PlainForm | undefined {
  if (format === undefined) return shapeForm(ISO_FORMS[type].examples);
  const example = DAY_FIRST.get(format);
  return example === undefined || type === "time" ? undefined : shapeForm([example]);
}

const ANYTHING: PlainForm = { allows: () => true, isProven: () => true, hasNoSign: false };

/** A length is cut off by COPY where only spaces are beyond it. */
function isPlainText(field: SourceField, family: Extract<TypeFamily, { kind: "text" }>): boolean {
  return family.length === undefined && (field.type === "string" || field.type === "any");
}

function digitForm(field: SourceField): PlainForm | undefined {
  if (field.groupChar !== undefined || field.decimalChar !== ".") return undefined;
  const { minimum } = field.constraints;
  const hasNoSign = minimum !== undefined && Number(minimum) >= 0;
  const allowed = DIGIT | (hasNoSign ? 0 : MINUS) | (field.type === "integer" ? 0 : POINT);
  const written = field.type === "integer" ? /^[-\d]*$/ : /^[-.\d]*$/;
  return { allows: (text) => written.test(text), isProven: (facts, index) => consistsOf(facts, index, allowed), hasNoSign };
}

function shapeForm(examples: readonly string[]): PlainForm {
  const shapes = new Set(examples.map(digitsAlike));
  return {
    allows: (text) => shapes.has(digitsAlike(text)),
    // a column without any value has no shape and needs none
    isProven: (facts, index) => facts.classes?.[index] === 0 || looksLike(facts, index, examples),
    hasNoSign: false,
  };
}

/** What PostgreSQL takes for a boolean, in any case. */
const TRUE_WORDS: ReadonlySet<string> = new Set(["true", "t", "yes", "y", "on", "1"]);
const FALSE_WORDS: ReadonlySet<string> = new Set(["false", "f", "no", "n", "off", "0"]);

function wordForm({ trueValues, falseValues }: SourceField): PlainForm | undefined {
  const isRead =
    trueValues.every((word) => TRUE_WORDS.has(word.toLowerCase())) && falseValues.every((word) => FALSE_WORDS.has(word.toLowerCase()));
  // all digits have one shape, so it is both of them or neither
  const isWhole = trueValues.includes("1") === falseValues.includes("0");
  return isRead && isWhole ? shapeForm([...trueValues, ...falseValues]) : undefined;
}

function digitsAlike(text: string): string {
  return text.replaceAll(/\d/g, "0");
}
