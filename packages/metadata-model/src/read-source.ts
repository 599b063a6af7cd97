import { isPolyflowError } from "@polyflow/contracts";
import { checkBounds } from "./check-bounds.ts";
import { checkPattern } from "./check-pattern.ts";
import { proposeWord } from "./closest-word.ts";
import { parseDateFormat } from "./date-format.ts";
import { MetadataDocument } from "./metadata-document.ts";
import type { DocumentPath, MetadataProblem } from "./problem.ts";
import { SOURCE_SCHEMA } from "./schemas/source-schema.ts";
import { checkAgainstSchema } from "./schema-check.ts";
import { checkAddress, checkExternal, externalFormat, externalOf, type RawPlace } from "./read-external.ts";
import { checkDropFolder, dropFolderOf } from "./read-drop-folder.ts";
import { checkDialect, dialectOf } from "./read-dialect.ts";
import type { RawDialect } from "./read-dialect.ts";
import type {
  Compression,
  Constraints,
  DropFolder,
  ExternalPlace,
  FieldsMatch,
  FieldType,
  SourceDefinition,
  SourceEncoding,
  SourceField,
  SourceFormat,
  SourceLimits,
} from "./source-definition.ts";
import { type LocalText, localTexts } from "./translations.ts";
import { withoutUndefined } from "./without-undefined.ts";

type Scalar = string | number | boolean;

interface RawField {
  readonly name: string;
  readonly path?: string;
  readonly type?: FieldType;
  readonly format?: string;
  readonly decimalChar?: string;
  readonly groupChar?: string;
  readonly trueValues?: readonly string[];
  readonly falseValues?: readonly string[];
  readonly missingValues?: readonly string[];
  readonly constraints?: {
    readonly required?: boolean;
    readonly minimum?: Scalar;
    readonly maximum?: Scalar;
    readonly minLength?: number;
    readonly maxLength?: number;
    readonly pattern?: string;
    readonly enum?: readonly Scalar[];
  };
}

interface RawSource extends RawPlace {
  readonly transform?: string;
  readonly name: string;
  readonly title?: LocalText;
  readonly description?: LocalText;
  readonly encoding?: string;
  readonly compression?: Compression;
  readonly innerpath?: string;
  readonly dropFolder?: Partial<DropFolder>;
  readonly limits?: SourceLimits;
  readonly dialect?: RawDialect;
  readonly schema: {
    readonly fields: readonly RawField[];
    readonly missingValues?: readonly string[];
    readonly fieldsMatch?: FieldsMatch | readonly FieldsMatch[];
  };
}

const ENCODINGS: ReadonlyMap<string, SourceEncoding> = new Map([
  ["utf-8", "utf-8"],
  ["utf8", "utf-8"],
  ["windows-1251", "windows-1251"],
  ["cp1251", "windows-1251"],
  ["cp866", "cp866"],
  ["ibm866", "cp866"],
  ["utf-16le", "utf-16le"],
  ["utf-16", "utf-16le"],
  ["utf-16be", "utf-16be"],
  ["koi8-r", "koi8-r"],
  ["latin1", "latin1"],
  ["iso-8859-1", "latin1"],
]);

/** Frictionless defaults. */
const TRUE_VALUES = ["true", "True", "TRUE", "1"];
const FALSE_VALUES = ["false", "False", "FALSE", "0"];

/** Turns a checked document into a source; problems are left in the document and undefined is returned. */
export function readSource(document: MetadataDocument): SourceDefinition | undefined {
  if (!checkAgainstSchema(document, SOURCE_SCHEMA)) return undefined;
  const raw = document.value as RawSource; // oxlint-disable-line typescript/no-unsafe-type-assertion -- the schema has just been checked
  const problemsBefore = document.problems.length;
  const encoding = encodingOf(document, raw.encoding ?? "utf-8");
  const external = externalOf(raw);
  const format = external === undefined ? (raw.format ?? "csv") : externalFormat(external);
  checkExternal(document, raw);
  if (raw.path !== undefined) checkPlace(document, raw, raw.path);
  if (external === undefined) checkDialect(document, format, raw.dialect ?? {});
  checkFields(document, raw, format);
  if (document.problems.length > problemsBefore || encoding === undefined) return undefined;
  return sourceOf(document, raw, { external, format, encoding });
}

function encodingOf(document: MetadataDocument, written: string): SourceEncoding | undefined {
  const encoding = ENCODINGS.get(written.toLowerCase());
  if (encoding === undefined) {
    document.report(["encoding"], {
      message: `the encoding "${written}" is not supported`,
      proposal: proposeWord(written, [...ENCODINGS.keys()]),
    });
  }
  return encoding;
}

function checkPlace(document: MetadataDocument, raw: RawSource, path: string): void {
  if (!checkAddress(document, path)) checkPath(document, ["path"], path);
  checkDropFolder(document, path, raw.dropFolder);
  for (const key of ["archive", "failed"] as const) {
    const place = raw.dropFolder?.[key];
    if (place !== undefined) checkPath(document, ["dropFolder", key], place);
  }
  if (raw.innerpath !== undefined && raw.compression !== undefined && raw.compression !== "zip") {
    document.report(["innerpath"], { message: "`innerpath` is for `compression: zip`", proposal: "remove it", atKey: true });
  }
}

interface KnownSource {
  readonly external: ExternalPlace | undefined;
  readonly format: SourceFormat;
  readonly encoding: SourceEncoding;
}

function sourceOf(document: MetadataDocument, raw: RawSource, { external, format, encoding }: KnownSource): SourceDefinition {
  const missingValues = raw.schema.missingValues ?? [""];
  const match = raw.schema.fieldsMatch ?? "exact";
  const path = raw.path ?? (external === undefined ? "" : `${external.connection}: ${external.source.kind}`);
  return withoutUndefined({
    name: raw.name,
    ...localTexts(raw),
    path,
    external,
    format,
    encoding,
    encodingIsStated: raw.encoding !== undefined,
    compression: raw.compression,
    innerpath: raw.innerpath,
    dropFolder: raw.dropFolder === undefined ? undefined : dropFolderOf(path, raw.dropFolder),
    transform: raw.transform,
    limits: raw.limits ?? {},
    dialect: dialectOf(format, raw.dialect ?? {}),
    fields: raw.schema.fields.map((field) => fieldOf(field, { format, missingValues })),
    fieldsMatch: typeof match === "string" ? match : (match[0] ?? "exact"),
    file: document.file,
  });
}

function checkPath(document: MetadataDocument, at: DocumentPath, path: string): void {
  const steps = path.split("/");
  if (path.startsWith("/") || path.includes("\\") || /^[a-z]:/i.test(path) || steps.includes("..")) {
    document.report(at, {
      message: `the path "${path}" leads out of the project's source folder`,
      proposal: "write a path relative to `source/`, or `package:<npm package>/<file>`",
    });
  }
}

function checkFields(document: MetadataDocument, raw: RawSource, format: SourceFormat): void {
  const seen = new Map<string, number>();
  for (const [index, field] of raw.schema.fields.entries()) {
    const at = ["schema", "fields", index];
    const earlier = seen.get(field.name);
    if (earlier !== undefined)
      document.report([...at, "name"], { message: `the field "${field.name}" is already declared as fields[${earlier}]` });
    seen.set(field.name, index);
    if (field.path !== undefined && !NESTED_FORMATS.has(format)) {
      document.report([...at, "path"], {
        message: `\`path\` means nothing for the format ${format}`,
        proposal: "remove it",
        atKey: true,
      });
    }
    checkField(document, field, at);
  }
}

/** Formats whose records are trees. */
const NESTED_FORMATS: ReadonlySet<SourceFormat> = new Set(["json", "ndjson", "xml"]);

/** Keys that mean something for some types only. */
const KEYS_OF_TYPES: { readonly [key in "format" | "decimalChar" | "groupChar" | "trueValues" | "falseValues"]: readonly FieldType[] } = {
  format: ["date", "datetime", "time"],
  decimalChar: ["number"],
  groupChar: ["integer", "number"],
  trueValues: ["boolean"],
  falseValues: ["boolean"],
};

function checkField(document: MetadataDocument, field: RawField, at: DocumentPath): void {
  const type = field.type ?? "string";
  for (const key of ["format", "decimalChar", "groupChar", "trueValues", "falseValues"] as const) {
    if (field[key] === undefined || KEYS_OF_TYPES[key].includes(type)) continue;
    const message = `\`${key}\` is for ${KEYS_OF_TYPES[key].join(", ")}, not for ${type}`;
    document.report([...at, key], { message, proposal: "remove it", atKey: true });
  }
  if (field.format !== undefined && field.format !== "default") checkFormat(document, field.format, [...at, "format"]);
  checkBounds(document, { type, ...field.constraints }, [...at, "constraints"]);
  if (field.constraints?.pattern !== undefined) checkPattern(document, field.constraints.pattern, [...at, "constraints", "pattern"]);
}

function checkFormat(document: MetadataDocument, format: string, at: DocumentPath): void {
  try {
    parseDateFormat(format);
  } catch (error) {
    if (!isPolyflowError(error, "metadata_invalid")) throw error;
    document.report(at, { message: error.message });
  }
}

function fieldOf(field: RawField, source: { readonly format: SourceFormat; readonly missingValues: readonly string[] }): SourceField {
  return withoutUndefined({
    name: field.name,
    path: field.path?.replace(/^\//, "").split(source.format === "xml" ? "/" : "."),
    type: field.type ?? "string",
    format: field.format === "default" ? undefined : field.format,
    decimalChar: field.decimalChar ?? ".",
    groupChar: field.groupChar,
    trueValues: field.trueValues ?? TRUE_VALUES,
    falseValues: field.falseValues ?? FALSE_VALUES,
    missingValues: field.missingValues ?? source.missingValues,
    constraints: constraintsOf(field.constraints ?? {}),
  });
}

function constraintsOf(raw: NonNullable<RawField["constraints"]>): Constraints {
  return withoutUndefined({
    required: raw.required ?? false,
    minimum: asText(raw.minimum),
    maximum: asText(raw.maximum),
    minLength: raw.minLength,
    maxLength: raw.maxLength,
    pattern: raw.pattern,
    enum: raw.enum?.map(String),
  });
}

export function asText(value: string | number | boolean | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

/**
 * Reads the text of one source file by itself, for tools that propose or try a description.
 * @param file path relative to the project, for messages
 */
export function readSourceText(
  file: string,
  text: string,
): { readonly source: SourceDefinition | undefined; readonly problems: readonly MetadataProblem[] } {
  const document = new MetadataDocument(file, text);
  return { source: readSource(document), problems: document.problems };
}
