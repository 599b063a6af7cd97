type Json = Readonly<Record<string, unknown>>;

export type FieldKind =
  | "text"
  | "multiline"
  | "integer"
  | "number"
  | "boolean"
  | "choice"
  | "choices"
  | "list"
  | "date"
  | "datetime"
  | "time"
  | "file"
  | "files"
  | "array"
  | "object"
  | "json";

/** What a control holds: text, a truth value, or several texts. */
export type FieldValue = string | boolean | readonly string[];
export type FieldValues = Readonly<Record<string, FieldValue>>;

export interface Choice {
  readonly label: string;
  readonly value: unknown;
}

/** One parameter as a form shows it. */
export interface ParamField {
  readonly name: string;
  readonly title: string;
  readonly description: string | null;
  /** Markdown, where the author wrote it so. */
  readonly descriptionMd: string | null;
  readonly kind: FieldKind;
  /** Heading under which the form shows it. */
  readonly section: string | null;
  readonly required: boolean;
  readonly nullable: boolean;
  /** What the control holds at first. */
  readonly initial: FieldValue;
  readonly choices: readonly Choice[];
  /** Values that the field proposes without insisting on them. */
  readonly proposals: readonly string[];
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly minLength: number | null;
  readonly maxLength: number | null;
  readonly pattern: string | null;
  /** Extensions of files, with dots. */
  readonly accept: readonly string[];
  /** Items of a list are whole numbers or numbers, not text. */
  readonly itemType: string | null;
}

export const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const numberOrNull = (value: unknown) => (typeof value === "number" ? value : null);
const textOrNull = (value: unknown) => (typeof value === "string" ? value : null);
const textsOf = (value: unknown) => (Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : []);

/** The fields of a DAG's params (a JSON Schema of type object), in its order. Constants are no fields: nobody can change them. */
export function paramFields(schema: Json): readonly ParamField[] {
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  const order = textsOf(schema["propertyOrder"]);
  const placeOf = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return Object.entries(properties)
    .toSorted(([left], [right]) => placeOf(left) - placeOf(right))
    .filter(([, property]) => !isObject(property) || property["const"] === undefined)
    .map(([name, property]) => paramField(name, isObject(property) ? property : {}, required.includes(name)));
}

/** The fields under their headings, those without one first. */
export function fieldSections(
  fields: readonly ParamField[],
): readonly (readonly [section: string | null, fields: readonly ParamField[]])[] {
  const groups = [...Map.groupBy(fields, (field) => field.section)];
  return groups.toSorted(([left], [right]) => Number(left !== null) - Number(right !== null));
}

function paramField(name: string, schema: Json, isRequired: boolean): ParamField {
  const types = [schema["type"]].flat();
  const items = isObject(schema["items"]) ? schema["items"] : {};
  const kind = kindOf(schema, items, types);
  const nullable = types.includes("null");
  const ranged = kind === "files" || kind === "list" || kind === "choices" ? items : schema;
  return {
    name,
    title: textOrNull(schema["title"]) ?? name,
    description: textOrNull(schema["description"]),
    descriptionMd: textOrNull(schema["description_md"]),
    kind,
    section: textOrNull(schema["section"]),
    // A param without a default and not nullable has to be given, as in Airflow.
    required: isRequired || (schema["default"] === undefined && !nullable && kind !== "boolean"),
    nullable,
    initial: fieldValue(kind, schema["default"]),
    choices: choicesOf(kind === "choices" ? { ...schema, ...items } : schema),
    proposals: textsOf(schema["examples"]),
    minimum: numberOrNull(schema["minimum"]),
    maximum: numberOrNull(schema["maximum"]),
    minLength: numberOrNull(schema["minLength"]),
    maxLength: numberOrNull(schema["maxLength"]),
    pattern: textOrNull(schema["pattern"]),
    accept: textsOf(ranged["accept"]),
    itemType: textOrNull(items["type"]),
  };
}

/** What a control of the kind holds for a value of the conf: a default, or the value of an earlier run. */
export function fieldValue(kind: FieldKind, value: unknown): FieldValue {
  if (kind === "boolean") return value === true;
  if (kind === "list" || kind === "choices" || kind === "files") return Array.isArray(value) ? value.map(asText) : [];
  return asText(value);
}

/** Labels of the author for values (`values_display`, as in Airflow); the value itself without one. */
function choicesOf(schema: Json): readonly Choice[] {
  const values = Array.isArray(schema["enum"]) ? schema["enum"] : [];
  const display = isObject(schema["values_display"]) ? schema["values_display"] : {};
  return values.filter((value) => value !== null).map((value) => ({ label: textOrNull(display[String(value)]) ?? asText(value), value }));
}

function kindOf(schema: Json, items: Json, types: readonly unknown[]): FieldKind {
  if (Array.isArray(schema["enum"])) return "choice";
  const [type] = types.filter((one) => one !== "null");
  switch (type) {
    case "integer":
    case "number":
    case "boolean":
    case "object":
      return type;
    case "array":
      return arrayKind(items);
    case "string":
      return textKind(schema["format"]);
    default:
      return "json";
  }
}

function arrayKind(items: Json): FieldKind {
  if (Array.isArray(items["enum"])) return "choices";
  if (items["format"] === "file") return "files";
  return items["type"] === "string" || items["type"] === "integer" || items["type"] === "number" ? "list" : "array";
}

const TEXT_KINDS: Readonly<Record<string, FieldKind>> = {
  date: "date",
  "date-time": "datetime",
  time: "time",
  multiline: "multiline",
  file: "file",
};

function textKind(format: unknown): FieldKind {
  return (typeof format === "string" ? TEXT_KINDS[format] : undefined) ?? "text";
}

function asText(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value, null, typeof value === "object" ? 2 : 0);
}
