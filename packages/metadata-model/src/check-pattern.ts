import type { MetadataDocument } from "./metadata-document.ts";
import type { DocumentPath } from "./problem.ts";

/** A pattern must at least be a regular expression of JavaScript; the database's dialect agrees with it in what people use. */
export function checkPattern(document: MetadataDocument, pattern: string, at: DocumentPath): void {
  try {
    new RegExp(pattern, "u");
  } catch (error) {
    document.report(at, { message: `"${pattern}" is not a regular expression: ${error instanceof Error ? error.message : String(error)}` });
  }
}
