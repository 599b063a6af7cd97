import { JSON_SCHEMAS } from "./json-schemas.ts";
import type { JsonSchema } from "./schema-check.ts";
import { ITEM, type PlaceStep, yamlPlace } from "./yaml-place.ts";

/** What may be written at a place: a key of a mapping, or a value. */
export interface SchemaCompletion {
  readonly label: string;
  readonly kind: "property" | "enum";
  /** Required keys come first. */
  readonly sort: string;
  /** What is written for it. */
  readonly insert: string;
  readonly detail: string;
}

export interface MetadataPlace {
  /** Path relative to the project: it says which schema holds. */
  readonly path: string;
  readonly content: string;
  readonly offset: number;
}

/**
 * Keys and values that the schema of a metadata file allows where the cursor is; the file need not be valid yet.
 * @returns `from`: where the word begins that a completion replaces
 * @example completeMetadata({ path: "metadata/flows/a.flow.yaml", content: "load:\n  mode: ", offset: 14 }).items[0]?.label; // "append"
 */
export function completeMetadata({ path, content, offset }: MetadataPlace): {
  readonly from: number;
  readonly items: readonly SchemaCompletion[];
} {
  const place = yamlPlace(content, offset);
  const schema = schemaAt(schemaOf(path), place.path);
  if (schema === undefined) return { from: place.from, items: [] };
  const keys = Object.entries(propertiesOf(schema)).filter(([key]) => !place.siblings.has(key));
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  const items = place.wanted === "key" && keys.length > 0 ? keys.map(([key, value]) => keyItem(key, value, required)) : valueItems(schema);
  return { from: place.from, items };
}

/** What the schema says of the key at a place; empty where it says nothing. */
export function hoverMetadata({ path, content, offset }: MetadataPlace): { readonly text: string; readonly documentation: string } {
  const start = content.lastIndexOf("\n", offset - 1) + 1;
  const end = content.indexOf("\n", offset);
  const line = content.slice(start, end === -1 ? content.length : end);
  const colon = /^[\s-]*["']?([\w$.-]+)["']?\s*:(?=\s|$)/.exec(line);
  const key = colon?.[1];
  if (key === undefined || offset - start > (colon?.[0].length ?? 0)) return { text: "", documentation: "" };
  const place = yamlPlace(content, start + line.indexOf(key));
  const schema = schemaAt(schemaOf(path), [...place.path, key]);
  if (schema === undefined) return { text: "", documentation: "" };
  return { text: `${key}: ${typeText(schema)}`, documentation: textOf(schema["description"]) };
}

/** Which kind of file it is, is told by its folder. */
function schemaOf(path: string): JsonSchema | undefined {
  if (/^metadata\/sources\/.*\.ya?ml$/.test(path)) return JSON_SCHEMAS.source;
  if (/^metadata\/entities\/.*\.odcs\.ya?ml$/.test(path)) return JSON_SCHEMAS.entity;
  return /^metadata\/flows\/.*\.flow\.ya?ml$/.test(path) ? JSON_SCHEMAS.flow : undefined;
}

function schemaAt(schema: JsonSchema | undefined, path: readonly PlaceStep[]): JsonSchema | undefined {
  let found = schema;
  for (const step of path) found = step === ITEM ? schemaIn(found?.["items"]) : found && propertiesOf(found)[step];
  return found;
}

function schemaIn(value: unknown): JsonSchema | undefined {
  // The parsing edge of schemas, which are written in this package.
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonSchema) : undefined;
}

function propertiesOf(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  const properties = Object.entries(schemaIn(schema["properties"]) ?? {}).flatMap(([key, value]) => {
    const property = schemaIn(value);
    return property === undefined ? [] : [[key, property] as const];
  });
  return Object.fromEntries(properties);
}

function keyItem(key: string, schema: JsonSchema, required: readonly unknown[]): SchemaCompletion {
  const isNested = schema["type"] === "object" || schema["type"] === "array";
  return {
    label: key,
    kind: "property",
    sort: `${required.includes(key) ? 0 : 1} ${key}`,
    insert: isNested ? `${key}:` : `${key}: `,
    detail: textOf(schema["description"]) || typeText(schema),
  };
}

function valueItems(schema: JsonSchema): readonly SchemaCompletion[] {
  return valuesOf(schema).map((value, index) => {
    const label = typeof value === "string" ? value : JSON.stringify(value);
    return { label, kind: "enum", sort: String(index).padStart(3, "0"), insert: label, detail: textOf(schema["description"]) };
  });
}

function valuesOf(schema: JsonSchema): readonly unknown[] {
  if (Array.isArray(schema["enum"])) return schema["enum"];
  if (schema["const"] !== undefined) return [schema["const"]];
  return schema["type"] === "boolean" ? [true, false] : [];
}

function typeText(schema: JsonSchema): string {
  const values = valuesOf(schema);
  if (values.length > 0) return values.map((value) => (typeof value === "string" ? value : JSON.stringify(value))).join(" | ");
  const items = schemaIn(schema["items"]);
  if (schema["type"] === "array" && items) return `list of ${typeText(items)}`;
  return Array.isArray(schema["type"]) ? schema["type"].join(" | ") : textOf(schema["type"]) || "anything";
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
