import type { JsonObject, JsonValue } from "@polyflow/contracts";
import { invalidDag } from "./invalid-dag.ts";
import { compareText, NotJsonError, sortKeys, toJson } from "./json-conversion.ts";

const JSON_TYPES = ["string", "number", "integer", "boolean", "array", "object", "null"] as const;
/** Types of JSON Schema. */
export type JsonSchemaType = (typeof JSON_TYPES)[number];

/** JSON Schema (2020-12) of one parameter; `default` is its value unless the trigger gives another. */
export interface ParamSchema {
  readonly type?: JsonSchemaType | readonly JsonSchemaType[];
  /** Without a default the parameter has to be given with each trigger, and the DAG cannot have a schedule. */
  readonly default?: JsonValue;
  readonly title?: string;
  readonly description?: string;
  readonly enum?: readonly JsonValue[];
  readonly const?: JsonValue;
  readonly examples?: readonly JsonValue[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  /** `date`, `date-time`, `time`, `email`, `uri`, `multiline`, `file` …: how the start form shows it. A file's value is its path. */
  readonly format?: string;
  /** Heading under which the start form shows it. */
  readonly section?: string;
  /** Description in Markdown. */
  readonly description_md?: string;
  /** Labels of the values of `enum`, by value. */
  readonly values_display?: { readonly [value: string]: string };
  /** Extensions of files that are taken: `[".csv"]`. */
  readonly accept?: readonly string[];
  readonly items?: JsonObject;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly properties?: JsonObject;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonObject;
}

/** Parameters of a DAG by name. */
export type ParamSchemas = { readonly [name: string]: ParamSchema };

const MATCHES: { readonly [type in JsonSchemaType]: (value: JsonValue) => boolean } = {
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === "boolean",
  array: (value) => Array.isArray(value),
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  null: (value) => value === null,
};

/**
 * JSON Schema of a run's parameters. Here only what would surprise an author is checked: types, and that defaults fit them.
 * @throws PolyflowError `dag_invalid`
 */
export function readParams(params: ParamSchemas, isScheduled: boolean): JsonObject {
  const properties: { [name: string]: JsonValue } = {};
  const required: string[] = [];
  for (const [name, schema] of Object.entries(params)) {
    if (typeof schema !== "object" || schema === null || Array.isArray(schema)) {
      throw invalidDag(`param "${name}" is no JSON Schema. Write ${name}: { type: "string", default: "…" }.`);
    }
    checkTypes(name, schema);
    checkPattern(name, schema);
    if (schema.default === undefined) required.push(name);
    else checkDefault(name, schema, schema.default);
    properties[name] = readSchema(name, schema);
  }
  if (isScheduled && required.length > 0) {
    throw invalidDag(
      `param "${required[0]}" has no default, so that scheduled runs could not start. Give it a default, or schedule: null.`,
    );
  }
  return sortKeys({
    type: "object",
    properties,
    ...(required.length > 0 ? { required: required.sort() } : {}),
    ...ownOrder(Object.keys(params)),
  }) as JsonObject;
}

/** The order in which the author wrote the parameters and a form shows them; keys of the schema itself are sorted. */
function ownOrder(names: readonly string[]): { readonly propertyOrder?: readonly string[] } {
  const sorted = [...names].sort(compareText);
  return names.every((name, index) => name === sorted[index]) ? {} : { propertyOrder: names };
}

function checkTypes(name: string, schema: ParamSchema): void {
  for (const type of typesOf(schema)) {
    if (JSON_TYPES.includes(type)) continue;
    throw invalidDag(`param "${name}": there is no type "${String(type)}" in JSON Schema. Types: ${JSON_TYPES.join(", ")}.`);
  }
}

function checkPattern(name: string, schema: ParamSchema): void {
  if (schema.pattern === undefined) return;
  try {
    RegExp(schema.pattern, "u");
  } catch (error) {
    throw invalidDag(`param "${name}": the pattern is no regular expression: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

function checkDefault(name: string, schema: ParamSchema, value: JsonValue): void {
  const types = typesOf(schema);
  const shown = JSON.stringify(value);
  if (types.length > 0 && !types.some((type) => MATCHES[type](value))) {
    throw invalidDag(`param "${name}": the default ${shown} is not of type ${types.join(" or ")}.`);
  }
  if (schema.enum !== undefined && !schema.enum.some((choice) => JSON.stringify(choice) === shown)) {
    throw invalidDag(`param "${name}": the default ${shown} is not among its choices ${JSON.stringify(schema.enum)}.`);
  }
  if (typeof value !== "number") return;
  if (schema.minimum !== undefined && value < schema.minimum)
    throw invalidDag(`param "${name}": the default ${shown} is below ${schema.minimum}.`);
  if (schema.maximum !== undefined && value > schema.maximum)
    throw invalidDag(`param "${name}": the default ${shown} is above ${schema.maximum}.`);
}

function typesOf(schema: ParamSchema): readonly JsonSchemaType[] {
  if (schema.type === undefined) return [];
  return typeof schema.type === "string" ? [schema.type] : schema.type;
}

function readSchema(name: string, schema: ParamSchema): JsonValue {
  try {
    return toJson(schema, `param "${name}"`);
  } catch (error) {
    if (!(error instanceof NotJsonError)) throw error;
    throw invalidDag(`${error.message}.`);
  }
}
