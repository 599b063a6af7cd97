/** One thing that is wrong in a project's metadata, with the place where an editor would put the cursor. */
export interface MetadataProblem {
  /** Path relative to the project's folder, with forward slashes. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** Where in the document: `schema.fields[2].type`; empty for the document itself. */
  readonly path: string;
  /** The offending value as written, shortened. */
  readonly value: string;
  /** What is wrong. */
  readonly message: string;
  /** What to write instead, when it can be said. */
  readonly proposal?: string;
}

/**
 * One problem as one line for people.
 * @example formatProblem(problem); // "metadata/sources/a.yaml:3:5: dialect.delimeter: unknown key `delimeter`; did you mean `delimiter`?"
 */
export function formatProblem(problem: MetadataProblem): string {
  const where = `${problem.file}:${problem.line}:${problem.column}`;
  const path = problem.path === "" ? "" : `${problem.path}: `;
  const proposal = problem.proposal === undefined ? "" : `; ${problem.proposal}`;
  return `${where}: ${path}${problem.message}${proposal}`;
}

/** Where in a document a problem is: keys of maps and indexes of lists, from the root. */
export type DocumentPath = readonly (string | number)[];

/** `["schema", "fields", 2, "type"]` as `schema.fields[2].type`. */
export function formatPath(path: DocumentPath): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else text += text === "" ? step : `.${step}`;
  }
  return text;
}
