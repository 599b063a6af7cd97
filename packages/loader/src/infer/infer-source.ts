import { PolyflowError } from "@polyflow/contracts";
import { formatProblem, readSourceText } from "@polyflow/metadata-model";
import type { RawDialect, SourceDefinition, SourceFormat } from "@polyflow/metadata-model";
import type { SourceFile } from "../extract/source-file.ts";
import { DEFAULT_LIMITS } from "../load-request.ts";
import { previewSource } from "../preview/preview-source.ts";
import type { SourcePreview } from "../preview/preview-source.ts";
import { detectFile } from "./detect-file.ts";
import type { DetectedFile } from "./detect-file.ts";
import { identifierOf, identifiers } from "./identifiers.ts";
import { profileObjects, profileTable } from "./profile-records.ts";
import { proposeField } from "./propose-field.ts";
import { proposeMetadata } from "./propose-metadata.ts";
import type { ProposedMetadata } from "./propose-metadata.ts";
import { flowYaml } from "./yaml-text.ts";
import type { InferHints } from "./infer-hints.ts";

export interface InferRequest {
  /** Opens the file; it is read several times. */
  readonly open: () => Promise<SourceFile>;
  /** Where the source finds the file, as its YAML says it. */
  readonly path: string;
  /** Name of source, entity and flow. @default from the file's name */
  readonly name?: string;
  /** Schema of the target. @default "staging" */
  readonly schema?: string;
  readonly hints?: InferHints;
  /** Records to look at. @default 200000 */
  readonly rows?: number;
  /** Records of the preview. @default 20 */
  readonly previewRows?: number;
  readonly signal?: AbortSignal;
}

export interface InferredSource extends ProposedMetadata {
  /** The proposed description, as a load would read it. */
  readonly definition: SourceDefinition;
  /** What was decided about the file as a whole. */
  readonly notes: readonly string[];
  readonly read: number;
  readonly isWhole: boolean;
  readonly preview: SourcePreview;
}

const DEFAULT_ROWS = 200_000;
const SEGMENT_BYTES = 1 << 20;
const OBJECT_FORMATS: ReadonlySet<SourceFormat> = new Set(["json", "ndjson", "xml"]);

/**
 * Proposes source, entity and flow for a file: finds out format, encoding, delimiter, header and types, says why in comments, and shows what
 * the proposal makes of the first records. Nothing is written, nothing is loaded.
 * @throws PolyflowError `source_unreadable`, `source_empty`
 * @example
 * const { source, entity, flow, preview } = await inferSource({ open: () => openLocalFile("city.csv"), path: "city.csv" });
 */
export async function inferSource(request: InferRequest): Promise<InferredSource> {
  const { hints = {}, rows = DEFAULT_ROWS, signal = new AbortController().signal } = request;
  const limits = { ...DEFAULT_LIMITS, segmentBytes: SEGMENT_BYTES };
  const detected = await withFile(request.open, (file) => detectFile(file, hints, limits));
  const source = provisionalSource(request.path, detected);
  const isObjects = OBJECT_FORMATS.has(detected.format);
  const profiled = await withFile(request.open, (file) => {
    const context = { file, source, limits, rows, signal };
    return isObjects ? profileObjects(context) : profileTable(context);
  });
  if (profiled.columns.length === 0) {
    throw new PolyflowError("source_empty", `${request.path} has no records to learn from. Give a file that has some.`);
  }
  const columns = identifiers(profiled.columns.map(({ profile, path }) => path?.replaceAll("@", "") ?? profile.name));
  const proposals = profiled.columns.map(({ profile, path }, index) => {
    const name = path === undefined ? profile.name : isSimple(path) ? path : (columns[index] ?? path);
    return {
      column: columns[index] ?? profile.name,
      profile,
      field: { ...proposeField(profile, { delimiter: detected.dialect.delimiter ?? "" }), name },
      ...(path === undefined || path === name ? {} : { path }),
    };
  });
  const name = request.name ?? nameOf(request.path);
  const notes = [...detected.notes, ...refusedNotes(profiled.refused)];
  const proposed = proposeMetadata({
    name,
    path: request.path,
    schema: request.schema ?? "staging",
    detected: { ...detected, notes },
    proposals,
    profiled,
  });
  const definition = readProposal(proposed.source.text);
  const preview = await withFile(request.open, (file) => previewSource(file, definition, { rows: request.previewRows ?? 20, signal }));
  return { ...proposed, definition, notes, read: profiled.read, isWhole: profiled.isWhole, preview };
}

/** A key at the top of a record that can be the field's name as it is. */
function isSimple(path: string): boolean {
  return !/[./@#]/.test(path);
}

function refusedNotes(refused: readonly { readonly row: number; readonly reason: string }[]): readonly string[] {
  const [first] = refused;
  return first === undefined
    ? []
    : [
        `CHECK: ${refused.length < 20 ? refused.length : "20 or more"} records cannot be read so; the first is record ${first.row}: ${first.reason}`,
      ];
}

async function withFile<Result>(open: () => Promise<SourceFile>, use: (file: SourceFile) => Promise<Result>): Promise<Result> {
  const file = await open();
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** A description that takes any column: enough to look at the records. */
function provisionalSource(path: string, detected: DetectedFile): SourceDefinition {
  const { format, encoding, compression, innerpath, dialect, columnCount } = detected;
  const names = dialect.header === false ? Array.from({ length: columnCount }, (_, index) => `column_${index + 1}`) : ["any"];
  const raw = {
    name: "provisional",
    path,
    format,
    encoding,
    compression,
    innerpath,
    dialect: flowRecord(dialect),
    schema: { fieldsMatch: "subset", fields: names.map((name) => ({ name })) },
  };
  const source = readProposal(flowYaml(raw));
  return dialect.header === false ? source : { ...source, fields: [] };
}

function flowRecord(dialect: RawDialect): { readonly [key: string]: string | number | boolean | readonly number[] | undefined } {
  return { ...dialect };
}

function readProposal(text: string): SourceDefinition {
  const { source, problems } = readSourceText("the proposal", text);
  if (source !== undefined) return source;
  throw new PolyflowError("metadata_invalid", `The hints do not fit together: ${problems.map(formatProblem).join("; ")}.`);
}

/** `Продажи 2026.csv.gz` → `prodazhi_2026` */
function nameOf(path: string): string {
  const file = path
    .slice(path.lastIndexOf("/") + 1)
    .replace(/\.(gz|zip)$/i, "")
    .replace(/\.[^.]+$/, "");
  return identifierOf(file.replaceAll(/[*?]/g, "")) || "source";
}
