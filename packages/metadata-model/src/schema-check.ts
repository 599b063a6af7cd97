import { Ajv2020 } from "ajv/dist/2020.js";
import type { ErrorObject, ValidateFunction } from "ajv/dist/2020.js";
import { proposeWord } from "./closest-word.ts";
import type { MetadataDocument, ProblemText } from "./metadata-document.ts";
import type { DocumentPath } from "./problem.ts";

export type JsonSchema = { readonly [keyword: string]: unknown };

const ajv = new Ajv2020({ allErrors: true, verbose: true, strict: true, strictRequired: false, allowUnionTypes: true });
const compiled = new WeakMap<JsonSchema, ValidateFunction>();

/** Reports everything in which the document differs from the schema; true when nothing does. */
export function checkAgainstSchema(document: MetadataDocument, schema: JsonSchema): boolean {
  let validate = compiled.get(schema);
  if (validate === undefined) {
    validate = ajv.compile(schema);
    compiled.set(schema, validate);
  }
  if (validate(document.value)) return true;
  const errors = validate.errors ?? [];
  for (const error of errors) {
    if (!isEcho(error, errors)) reportError(document, error);
  }
  return false;
}

/** `oneOf`, `anyOf` and `if` repeat what the errors inside them say better. */
function isEcho(error: ErrorObject, all: readonly ErrorObject[]): boolean {
  if (error.keyword === "if") return true;
  if (error.keyword !== "anyOf" && error.keyword !== "oneOf") return false;
  return all.some((other) => other !== error && other.schemaPath.startsWith(error.schemaPath));
}

function reportError(document: MetadataDocument, error: ErrorObject): void {
  const path = pathOf(document.value, error.instancePath);
  const extra: unknown = error.keyword === "additionalProperties" ? error.params["additionalProperty"] : undefined;
  if (typeof extra === "string") document.report([...path, extra], { ...unknownKey(extra, error), atKey: true });
  else document.report(path, explain(error));
}

function unknownKey(key: string, error: ErrorObject): ProblemText {
  const parent: unknown = error.parentSchema;
  const known = isRecord(parent) && isRecord(parent["properties"]) ? Object.keys(parent["properties"]) : [];
  return { message: `unknown key \`${key}\``, proposal: proposeWord(key, known) };
}

function explain(error: ErrorObject): ProblemText {
  const written = JSON.stringify(error.data) ?? "nothing";
  const shown = written.length > 60 ? `${written.slice(0, 59)}…` : written;
  switch (error.keyword) {
    case "required":
      return { message: `the key \`${String(error.params["missingProperty"])}\` is missing` };
    case "enum": {
      const allowed = Array.isArray(error.schema) ? error.schema.map(String) : [];
      return { message: `${shown} is not allowed`, proposal: proposeWord(String(error.data), allowed) };
    }
    case "const":
      return { message: `${shown} is not allowed`, proposal: `write ${JSON.stringify(error.schema)}` };
    case "type":
      return { message: `${shown} is not of type ${String(error.schema).replaceAll(",", " or ")}` };
    case "pattern": {
      const parent: unknown = error.parentSchema;
      const hint =
        isRecord(parent) && typeof parent["description"] === "string" ? parent["description"] : `matches ${String(error.schema)}`;
      return { message: `${shown} has the wrong form`, proposal: `write what ${hint}` };
    }
    default:
      return { message: `${shown} ${error.message ?? "is not valid"}` };
  }
}

/** A JSON pointer as steps; a step that indexes a list becomes a number. */
function pathOf(root: unknown, pointer: string): DocumentPath {
  const steps: (string | number)[] = [];
  let value = root;
  for (const raw of pointer.split("/").slice(1)) {
    const key = raw.replaceAll("~1", "/").replaceAll("~0", "~");
    const step = Array.isArray(value) ? Number(key) : key;
    steps.push(step);
    if (Array.isArray(value)) value = value[Number(key)];
    else value = isRecord(value) ? value[key] : undefined;
  }
  return steps;
}

function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
