import { isPolyflowError } from "@polyflow/contracts";
import { formatProblem, readLayout, readSourceText, writeLayout } from "@polyflow/metadata-model";
import type { Layout, MetadataProblem, SourceDefinition } from "@polyflow/metadata-model";
import { identifiers } from "../infer/identifiers.ts";
import type { InferredSource } from "../infer/infer-source.ts";
import type { InferHints } from "../infer/infer-hints.ts";
import { openLocalFile } from "../extract/source-file.ts";
import { DEFAULT_LIMITS } from "../load-request.ts";
import type { LoadLimits } from "../load-request.ts";
import { previewSource } from "../preview/preview-source.ts";
import type { SourcePreview } from "../preview/preview-source.ts";
import { inferAnySheet } from "./infer-any-sheet.ts";
import { proposeTarget } from "./propose-target.ts";
import type { ProposedTarget, TargetWish } from "./propose-target.ts";
import { rawGrid } from "./raw-grid.ts";
import type { RawGrid } from "./raw-grid.ts";

/** A file, and what is thought of it so far. */
export interface LayoutQuestion {
  /** Absolute. */
  readonly file: string;
  /** Where the source finds the file, as its YAML says it. */
  readonly path: string;
  /** Name of source, entity and flow of a proposal. @default from the file's name */
  readonly name?: string;
  /** Draft of the source's YAML. Absent: one is proposed. */
  readonly text?: string;
  /** What the draft says instead, as data; its YAML is written from it. */
  readonly layout?: Layout;
  /** How the source is to be loaded: entity and flow are proposed for it. */
  readonly target?: TargetWish;
  /** For a proposal: what is known already. */
  readonly hints?: InferHints;
  /** Records of the preview, rows of the grid. @default 100 */
  readonly rows?: number;
  /** Records that a proposal looks at. @default 10000 */
  readonly inferRows?: number;
  readonly limits?: Partial<LoadLimits>;
}

export interface LayoutLook {
  /** YAML of the source. */
  readonly text: string;
  /** The same as data. */
  readonly layout: Layout;
  /** What is wrong in the YAML, with line and column. */
  readonly problems: readonly MetadataProblem[];
  /** Where a target was wished for, and the YAML is right. */
  readonly target: ProposedTarget | undefined;
  /** Present where the YAML was proposed. */
  readonly proposal: LayoutProposal | undefined;
  /** The file as it lies there; undefined where its format has no rows of itself, or where it cannot be read at all. */
  readonly grid: RawGrid | undefined;
  /** Undefined where the YAML is wrong or the file cannot be read by it: then `failure` says why. */
  readonly preview: SourcePreview | undefined;
  readonly failure: { readonly code: string; readonly message: string } | undefined;
}

export interface LayoutProposal extends Pick<InferredSource, "name" | "notes"> {
  readonly sourceFile: string;
  /** Fields that tell one row from another, where one is sure. */
  readonly keys: readonly string[];
  /** Why each field is what it is, by its name. */
  readonly reasons: { readonly [field: string]: readonly string[] };
}

const ROWS = 100;
const INFER_ROWS = 10_000;

/**
 * Shows what a draft makes of a file, or proposes the draft: the file as it lies there, typed rows, rejects with reasons, and everything
 * that is wrong in the draft. Nothing is written.
 * @throws PolyflowError `source_unreadable`, `source_empty` when nothing can be proposed; `metadata_invalid` for a draft that is no YAML
 */
export async function lookAtLayout(question: LayoutQuestion): Promise<LayoutLook> {
  const { rows = ROWS } = question;
  const limits = { ...DEFAULT_LIMITS, ...question.limits };
  const { text, proposal, known } = await draftOf(question);
  const { source, problems } = readSourceText(fileOf(question, proposal), text);
  const layout = readLayout(text);
  const shown = source ?? known;
  const grid =
    shown === undefined ? undefined : await attempt(() => withFile(question.file, (file) => rawGrid(file, shown, { rows, limits })));
  const preview =
    source === undefined ? undefined : await attempt(() => withFile(question.file, (file) => previewSource(file, source, { rows })));
  return {
    text,
    layout,
    problems,
    target: source === undefined || question.target === undefined ? undefined : proposeTarget(source, question.target),
    proposal,
    grid: grid?.answer,
    preview: preview?.answer,
    failure: source === undefined ? { code: "metadata_invalid", message: problems.map(formatProblem).join("\n") } : preview?.failure,
  };
}

interface Draft {
  readonly text: string;
  readonly proposal: LayoutProposal | undefined;
  readonly known: SourceDefinition | undefined;
}

async function draftOf(question: LayoutQuestion): Promise<Draft> {
  const { text, layout } = question;
  if (text === undefined) return proposedDraft(question);
  return { text: layout === undefined ? text : writeLayout(text, layout), proposal: undefined, known: undefined };
}

async function proposedDraft(question: LayoutQuestion): Promise<Draft> {
  const { file, path, name, hints, inferRows = INFER_ROWS } = question;
  const inferred = await inferAnySheet(file, {
    open: () => openLocalFile(file),
    path,
    rows: inferRows,
    previewRows: 1,
    ...(name === undefined ? {} : { name }),
    ...(hints === undefined ? {} : { hints }),
  });
  const reasons = Object.fromEntries(inferred.fields.map((field) => [field.name, field.notes]));
  const { notes, key } = inferred;
  const columns = identifiers(inferred.fields.map((field) => field.name.replaceAll("@", "")));
  const keys = inferred.fields.filter((_, index) => columns[index] === key).map((field) => field.name);
  const proposal = { name: inferred.name, notes, keys, reasons, sourceFile: inferred.source.file };
  return { text: inferred.source.text, proposal, known: inferred.definition };
}

function fileOf({ name }: LayoutQuestion, proposal: LayoutProposal | undefined): string {
  return proposal?.sourceFile ?? (name === undefined ? "the draft" : `metadata/sources/${name}.yaml`);
}

async function withFile<Result>(path: string, use: (file: Awaited<ReturnType<typeof openLocalFile>>) => Promise<Result>): Promise<Result> {
  const file = await openLocalFile(path);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

interface Attempt<Answer> {
  readonly answer: Answer | undefined;
  readonly failure: LayoutLook["failure"];
}

/** What is wrong with a file is an answer, too. */
async function attempt<Answer>(work: () => Promise<Answer>): Promise<Attempt<Answer>> {
  try {
    return { answer: await work(), failure: undefined };
  } catch (error) {
    if (!isPolyflowError(error, "source_unreadable") && !isPolyflowError(error, "source_empty")) throw error;
    return { answer: undefined, failure: { code: error.code, message: error.message } };
  }
}
