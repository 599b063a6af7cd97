import type { ErrorCode } from "@polyflow/contracts";

/** Why a DAG file could not be read, with the place in the author's file where that is known. */
export interface FileProblem {
  readonly code: Extract<
    ErrorCode,
    "dag_file_syntax" | "dag_file_threw" | "dag_file_timeout" | "dag_file_memory" | "dag_file_exited" | "dag_invalid"
  >;
  readonly message: string;
  /** Relative to the project's folder; null when not known. */
  readonly file: string | null;
  /** From 1. */
  readonly line: number | null;
  /** From 1. */
  readonly column: number | null;
  readonly stack: string | null;
}

/** A problem of the file as a whole. */
export function wholeFileProblem(code: FileProblem["code"], message: string): FileProblem {
  return { code, message, file: null, line: null, column: null, stack: null };
}
