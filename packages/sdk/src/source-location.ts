import { sep } from "node:path";
import { fileURLToPath } from "node:url";

/** A place in an author's file. Line and column count from 1. */
export interface SourceLocation {
  /** Absolute path. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The stack at one call, kept unread: reading it (source maps) costs, and it is needed for errors only. */
export interface Trace {
  readonly stack?: string;
}

/** The SDK itself is no place of an author. */
const OWN_FILES = import.meta.dirname + sep;
const FRAME = /(?:\(|at (?:async )?)((?:file:\/\/|\/|[A-Za-z]:[\\/])[^()]*):(\d+):(\d+)\)?$/;

let authorRoot: string | undefined;

/** Tells where the author's files are, so that frames of operators from elsewhere are passed over. */
export function setAuthorRoot(folder: string): void {
  authorRoot = folder.endsWith(sep) ? folder : folder + sep;
}

/** Remembers who is calling. */
export function captureTrace(): Trace {
  const trace: Trace = {};
  Error.captureStackTrace(trace, captureTrace);
  return trace;
}

/** The author's frames of a stack, innermost first. */
export function authorFrames(stack: string): readonly SourceLocation[] {
  return stack
    .split("\n")
    .map(parseFrame)
    .filter((location) => location !== undefined)
    .filter(isAuthors);
}

/** The innermost place in an author's file. */
export function locate(trace: Trace): SourceLocation | undefined {
  return authorFrames(trace.stack ?? "")[0];
}

function parseFrame(text: string): SourceLocation | undefined {
  const match = FRAME.exec(text.trim());
  if (match === null) return undefined;
  const [, place = "", line = "", column = ""] = match;
  const file = place.startsWith("file://") ? fileURLToPath(place) : place.replace(/\?bundle=\d+$/, "");
  return { file, line: Number(line), column: Number(column) };
}

function isAuthors(location: SourceLocation): boolean {
  if (location.file.startsWith(OWN_FILES)) return false;
  if (location.file.includes(`${sep}node_modules${sep}`)) return false;
  return authorRoot === undefined || location.file.startsWith(authorRoot);
}
