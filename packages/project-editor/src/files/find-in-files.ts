import { isPolyflowError } from "@polyflow/contracts";
import { readSource } from "./project-files.ts";
import { projectTree } from "./project-tree.ts";

/** A line that holds what was looked for. */
export interface FoundLine {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

export interface FoundLines {
  readonly lines: readonly FoundLine[];
  /** There are more than fit. */
  readonly isCut: boolean;
}

const MOST_LINES = 500;
const LONGEST_LINE = 300;
const MOST_FILE_BYTES = 1_000_000;

/** Looks for a plain text in all text files of a project, whatever its case unless told otherwise. */
export async function findInFiles(projectDir: string, text: string, options: { readonly matchCase: boolean }): Promise<FoundLines> {
  const fold = (value: string): string => (options.matchCase ? value : value.toLowerCase());
  const wanted = fold(text);
  const lines: FoundLine[] = [];
  for (const entry of await projectTree(projectDir)) {
    if (entry.kind === "folder" || entry.size > MOST_FILE_BYTES) continue;
    const content = await textOf(projectDir, entry.path);
    if (content === undefined || !fold(content).includes(wanted)) continue;
    for (const [index, line] of content.split("\n").entries()) {
      const column = fold(line).indexOf(wanted);
      if (column < 0) continue;
      if (lines.length >= MOST_LINES) return { lines, isCut: true };
      lines.push({ path: entry.path, line: index + 1, column: column + 1, text: line.slice(0, LONGEST_LINE) });
    }
  }
  return { lines, isCut: false };
}

/** Undefined for what is no text, or has gone in the meantime. */
async function textOf(projectDir: string, path: string): Promise<string | undefined> {
  try {
    return (await readSource(projectDir, path)).content;
  } catch (error) {
    if (isPolyflowError(error, "code_path_invalid") || isPolyflowError(error, "not_found")) return undefined;
    throw error;
  }
}
