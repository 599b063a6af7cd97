import { msgid } from "../i18n/msgid.ts";
import { type FieldKind, type FieldValue, type FieldValues, isObject, type ParamField } from "./param-fields.ts";
import { fieldOfInstant, instantOfField } from "./zoned-input.ts";

export type Conf = Readonly<Record<string, unknown>>;

/** A sentence of the catalogue with its values. */
export interface FieldProblem {
  readonly text: string;
  readonly values?: Readonly<Record<string, string | number>>;
}

export interface FormReading {
  readonly conf: Conf;
  readonly problems: Readonly<Record<string, FieldProblem>>;
}

type Reading = { readonly value: unknown } | { readonly problem: FieldProblem } | "absent";

/**
 * What the form says: the run's conf, or what is wrong with which field.
 * @param zone zone of times that were entered; undefined: the browser's
 */
export function readForm(fields: readonly ParamField[], values: FieldValues, zone?: string): FormReading {
  const conf: Record<string, unknown> = {};
  const problems: Record<string, FieldProblem> = {};
  for (const one of fields) {
    const reading = readField(one, values[one.name] ?? one.initial, zone);
    if (reading === "absent") continue;
    if ("problem" in reading) problems[one.name] = reading.problem;
    else conf[one.name] = reading.value;
  }
  return { conf, problems };
}

function readField(one: ParamField, raw: FieldValue, zone: string | undefined): Reading {
  if (typeof raw === "boolean") return { value: raw };
  if (typeof raw !== "string") return readSeveral(one, raw);
  if (raw.trim() === "") return readEmpty(one);
  return (READERS[one.kind] ?? readText)(one, raw, zone);
}

type TextReader = (one: ParamField, raw: string, zone: string | undefined) => Reading;

/** How the text of a control becomes a value; kinds that are not here are text. */
const READERS: Readonly<Partial<Record<FieldKind, TextReader>>> = {
  choice: readChoice,
  integer: readNumber,
  number: readNumber,
  array: readJson,
  object: readJson,
  json: readJson,
  datetime: (_one, raw, zone) => readInstant(raw, zone),
};

/** An empty text is a value, unless one is asked for; other empty fields leave the parameter to its default. */
function readEmpty(one: ParamField): Reading {
  const mayBeEmpty = one.kind === "text" && one.initial === "" && one.minLength === 0;
  if (one.required && !mayBeEmpty) return { problem: { text: msgid("Give a value") } };
  if (one.nullable) return { value: null };
  return one.kind === "text" || one.kind === "multiline" ? { value: "" } : "absent";
}

function readSeveral(one: ParamField, raw: readonly string[]): Reading {
  if (raw.length === 0 && one.required) return { problem: { text: msgid("Give a value") } };
  if (one.kind === "choices") {
    const chosen = raw.map((label) => one.choices.find((choice) => choice.label === label));
    return chosen.includes(undefined)
      ? { problem: { text: msgid("Choose one of the values") } }
      : { value: chosen.map((choice) => choice?.value) };
  }
  if (one.itemType !== "integer" && one.itemType !== "number") return { value: raw };
  const numbers = raw.map((text) => Number(text.replace(",", ".")));
  return numbers.some((number) => !Number.isFinite(number)) ? { problem: { text: msgid("This is not a number") } } : { value: numbers };
}

function readChoice(one: ParamField, raw: string): Reading {
  const choice = one.choices.find(({ label }) => label === raw) ?? one.choices.find(({ value }) => String(value) === raw);
  return choice ? { value: choice.value } : { problem: { text: msgid("Choose one of the values") } };
}

function readNumber(one: ParamField, raw: string): Reading {
  const value = Number(raw.replace(",", "."));
  if (!Number.isFinite(value)) return { problem: { text: msgid("This is not a number") } };
  if (one.kind === "integer" && !Number.isInteger(value)) return { problem: { text: msgid("A whole number is needed") } };
  if (one.minimum !== null && value < one.minimum)
    return { problem: { text: msgid("At least {{limit}}"), values: { limit: one.minimum } } };
  if (one.maximum !== null && value > one.maximum) return { problem: { text: msgid("At most {{limit}}"), values: { limit: one.maximum } } };
  return { value };
}

/** The field holds wall-clock time; a default or an earlier run's value is an instant with its zone already. */
function readInstant(raw: string, zone: string | undefined): Reading {
  const hasZone = /(?:Z|[+-]\d\d:?\d\d)$/.test(raw);
  const instant = instantOfField(hasZone ? fieldOfInstant(raw, zone) : raw, zone);
  if (instant === undefined) return { problem: { text: msgid("Give a date and time") } };
  return { value: hasZone ? raw : instant };
}

function readText(one: ParamField, raw: string): Reading {
  if (one.minLength !== null && raw.length < one.minLength) {
    return { problem: { text: msgid("At least {{count}} character"), values: { count: one.minLength } } };
  }
  if (one.maxLength !== null && raw.length > one.maxLength) {
    return { problem: { text: msgid("At most {{count}} character"), values: { count: one.maxLength } } };
  }
  if (one.pattern !== null && !new RegExp(one.pattern, "u").test(raw)) {
    return { problem: { text: msgid("Does not match {{pattern}}"), values: { pattern: one.pattern } } };
  }
  return { value: raw };
}

function readJson(one: ParamField, raw: string): Reading {
  const read = parseJson(raw);
  if ("problem" in read) return read;
  if (one.kind === "array" && !Array.isArray(read.value)) return { problem: { text: msgid("A JSON array is needed: […]") } };
  if (one.kind === "object" && !isObject(read.value)) return { problem: { text: msgid("A JSON object is needed: {…}") } };
  return read;
}

function parseJson(raw: string): { readonly value: unknown } | { readonly problem: FieldProblem } {
  try {
    return { value: JSON.parse(raw) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { problem: { text: msgid("Not valid JSON: {{message}}"), values: { message } } };
  }
}

/** The whole conf as somebody typed it. */
export function readConfText(text: string): { readonly conf: Conf } | { readonly problem: FieldProblem } {
  const read = parseJson(text.trim() === "" ? "{}" : text);
  if ("problem" in read) return read;
  return isObject(read.value) ? { conf: read.value } : { problem: { text: msgid("A JSON object is needed: {…}") } };
}
