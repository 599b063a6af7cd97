import { realpath } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { PolyflowError } from "@polyflow/contracts";
import { resolveSourcePath } from "@polyflow/metadata-model";

/** A file, or several by a mask, and the function of DuckDB that reads it. */
export interface InputFile {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly reader: "read_csv" | "read_parquet" | "read_json";
}

const READERS: readonly (readonly [RegExp, InputFile["reader"]])[] = [
  [/\.(csv|tsv)(\.gz)?$/i, "read_csv"],
  [/\.parquet$/i, "read_parquet"],
  [/\.(json|ndjson|jsonl)(\.gz)?$/i, "read_json"],
];

/**
 * Finds the inputs of a query.
 * @throws PolyflowError `source_unreadable` for what is not there or lies outside, `metadata_invalid` for an ending that says nothing
 */
export function inputFiles(projectDir: string, inputs: { readonly [name: string]: string }): Promise<readonly InputFile[]> {
  return Promise.all(Object.entries(inputs).map(([name, path]) => inputFile(projectDir, { name, path })));
}

async function inputFile(projectDir: string, input: { readonly name: string; readonly path: string }): Promise<InputFile> {
  const reader = READERS.find(([ending]) => ending.test(input.path))?.[1];
  if (reader === undefined)
    throw new PolyflowError(
      "metadata_invalid",
      `"${input.path}" ends in nothing that DuckDB reads here: .csv, .tsv, .parquet, .json, .ndjson or .jsonl.`,
    );
  if (input.path.includes("*")) return { name: input.name, reader, path: insideSource(projectDir, input.path) };
  const path = await realpath(resolveSourcePath(projectDir, input));
  if (!input.path.startsWith("package:")) await refuseOutside(projectDir, { path, given: input.path });
  return { name: input.name, reader, path };
}

/**
 * The absolute path of a file below `source/`.
 * @throws PolyflowError `source_unreadable` when the path leads out of it
 */
export function insideSource(projectDir: string, file: string): string {
  const folder = join(projectDir, "source");
  const path = resolve(folder, file);
  if (path.startsWith(folder + sep)) return path;
  throw new PolyflowError("source_unreadable", `"${file}" leads out of ${folder}. Write a path inside it.`);
}

/** A link must not be a way out either. */
async function refuseOutside(projectDir: string, { path, given }: { readonly path: string; readonly given: string }): Promise<void> {
  const root = await realpath(projectDir);
  if (path.startsWith(root + sep)) return;
  throw new PolyflowError("source_unreadable", `"${given}" is a link that leads out of the project, to ${dirname(path)}.`);
}
