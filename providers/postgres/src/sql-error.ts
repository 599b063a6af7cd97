import { DatabaseError } from "pg";

/** Adds to PostgreSQL's message what an author needs to find the fault: code, detail, hint, and where in the statement. */
export function explainSqlError(error: unknown, statement: string): unknown {
  if (!(error instanceof DatabaseError)) return error;
  const parts = [
    error.message,
    error.code === undefined ? undefined : `SQLSTATE ${error.code}`,
    error.detail,
    error.hint === undefined ? undefined : `Hint: ${error.hint}`,
    error.position === undefined ? undefined : placeIn(statement, Number(error.position)),
    error.where === undefined ? undefined : `Context: ${error.where}`,
  ];
  error.message = parts.filter((part) => part !== undefined && part !== "").join("; ");
  return error;
}

/** @param position in characters, from 1 */
function placeIn(statement: string, position: number): string {
  const before = Array.from(statement)
    .slice(0, position - 1)
    .join("");
  const line = before.split("\n").length;
  const column = before.length - before.lastIndexOf("\n");
  const text = statement.split("\n")[line - 1]?.trim() ?? "";
  return `at line ${line}, column ${column}: ${text.length > 200 ? `${text.slice(0, 200)}…` : text}`;
}
