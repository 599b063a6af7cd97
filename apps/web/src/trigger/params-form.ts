import { msgid } from "../i18n/msgid.ts";

type Json = Readonly<Record<string, unknown>>;

export type FieldKind =
  | "text"
  | "multiline"
  | "integer"
  | "number"
  | "boolean"
  | "choice"
  | "date"
  | "datetime"
  | "array"
  | "object"
  | "json";

/** One parameter as a form shows it. */
export interface ParamField {
  readonly name: string;
  readonly title: string;
  readonly description: string | null;
  readonly kind: FieldKind;
  readonly required: boolean;
  readonly nullable: boolean;
  /** What the control holds at first: text of the default, or a truth value. */
  readonly initial: string | boolean;
  readonly choices: readonly { readonly label: string; readonly value: unknown }[];
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly minLength: number | null;
  readonly maxLength: number | null;
  readonly pattern: string | null;
}

export type FieldValues = Readonly<Record<string, string | boolean>>;

/** A sentence of the catalogue with its values. */
export interface FieldProblem {
  readonly text: string;
  readonly values?: Readonly<Record<string, string | number>>;
}

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const numberOrNull = (value: unknown) => (typeof value === "number" ? value : null);
const textOrNull = (value: unknown) => (typeof value === "string" ? value : null);

/** The fields of a DAG's params (a JSON Schema of type object), in its order. */
export function paramFields(schema: Json): readonly ParamField[] {
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  return Object.entries(properties).map(([name, property]) => field(name, isObject(property) ? property : {}, required.includes(name)));
}

function field(name: string, schema: Json, isRequired: boolean): ParamField {
  const types = [schema["type"]].flat();
  const kind = kindOf(schema, types);
  const choices = Array.isArray(schema["enum"]) ? schema["enum"].map((value) => ({ label: asText(value), value })) : [];
  const nullable = types.includes("null");
  return {
    name,
    title: textOrNull(schema["title"]) ?? name,
    description: textOrNull(schema["description"]),
    kind,
    // A param without a default and not nullable has to be given, as in Airflow.
    required: isRequired || (schema["default"] === undefined && !nullable && kind !== "boolean"),
    nullable,
    initial: kind === "boolean" ? schema["default"] === true : asText(schema["default"]),
    choices,
    minimum: numberOrNull(schema["minimum"]),
    maximum: numberOrNull(schema["maximum"]),
    minLength: numberOrNull(schema["minLength"]),
    maxLength: numberOrNull(schema["maxLength"]),
    pattern: textOrNull(schema["pattern"]),
  };
}

function kindOf(schema: Json, types: readonly unknown[]): FieldKind {
  if (Array.isArray(schema["enum"])) return "choice";
  const [type] = types.filter((one) => one !== "null");
  switch (type) {
    case "integer":
    case "number":
    case "boolean":
    case "array":
    case "object":
      return type;
    case "string":
      if (schema["format"] === "date") return "date";
      if (schema["format"] === "date-time") return "datetime";
      return schema["format"] === "multiline" ? "multiline" : "text";
    default:
      return "json";
  }
}

function asText(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value, null, typeof value === "object" ? 2 : 0);
}

type Reading = { readonly value: unknown } | { readonly problem: FieldProblem } | "absent";

/** What the form says: the run's conf, or what is wrong with which field. */
export function readForm(
  fields: readonly ParamField[],
  values: FieldValues,
): { readonly conf: Json; readonly problems: Readonly<Record<string, FieldProblem>> } {
  const conf: Record<string, unknown> = {};
  const problems: Record<string, FieldProblem> = {};
  for (const one of fields) {
    const reading = readField(one, values[one.name] ?? one.initial);
    if (reading === "absent") continue;
    if ("problem" in reading) problems[one.name] = reading.problem;
    else conf[one.name] = reading.value;
  }
  return { conf, problems };
}

function readField(one: ParamField, raw: string | boolean): Reading {
  if (typeof raw === "boolean") return { value: raw };
  if (raw.trim() === "") return readEmpty(one);
  switch (one.kind) {
    case "choice":
      return readChoice(one, raw);
    case "integer":
    case "number":
      return readNumber(one, raw);
    case "array":
    case "object":
    case "json":
      return readJson(one, raw);
    case "datetime":
      return { value: new Date(raw).toISOString() };
    case "text":
    case "multiline":
    case "date":
    case "boolean":
      return readText(one, raw);
  }
}

/** An empty text is a value, unless one is asked for; other empty fields leave the parameter to its default. */
function readEmpty(one: ParamField): Reading {
  const mayBeEmpty = one.kind === "text" && one.initial === "" && one.minLength === 0;
  if (one.required && !mayBeEmpty) return { problem: { text: msgid("Give a value") } };
  if (one.nullable) return { value: null };
  return one.kind === "text" || one.kind === "multiline" ? { value: "" } : "absent";
}

function readChoice(one: ParamField, raw: string): Reading {
  const choice = one.choices.find(({ label }) => label === raw);
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
  let value: unknown;
  try {
    value = JSON.parse(raw);
  } catch (error) {
    return {
      problem: { text: msgid("Not valid JSON: {{message}}"), values: { message: error instanceof Error ? error.message : String(error) } },
    };
  }
  if (one.kind === "array" && !Array.isArray(value)) return { problem: { text: msgid("A JSON array is needed: […]") } };
  if (one.kind === "object" && !isObject(value)) return { problem: { text: msgid("A JSON object is needed: {…}") } };
  return { value };
}
