import { isPolyflowError } from "@polyflow/contracts";
import { authorFrames, type SourceLocation } from "@polyflow/sdk/runtime";
import { relativeTo } from "../dag-files.ts";
import type { FileProblem } from "../file-problem.ts";

const LONGEST_MESSAGE = 10_000;
const LONGEST_STACK = 50_000;

/** What an error at import says to the author: innermost place in the project's files, stack without frames of ours. */
export function describeProblem(error: unknown, projectDir: string): FileProblem {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const frames = authorFrames(stack);
  const place = placeOf(error) ?? frames[0];
  return {
    code: isPolyflowError(error, "dag_invalid") ? "dag_invalid" : "dag_file_threw",
    message: messageOf(error).slice(0, LONGEST_MESSAGE),
    file: place === undefined ? null : relativeTo(projectDir, place.file),
    line: place?.line ?? null,
    column: place?.column ?? null,
    stack: stack === "" ? null : showStack(stack, projectDir).slice(0, LONGEST_STACK),
  };
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error))
    return `The file threw ${typeof error === "string" ? JSON.stringify(error) : String(error)}, which is no Error.`;
  if ("code" in error && error.code === "ERR_ACCESS_DENIED") return accessDenied(error);
  const text = error.message === "" ? error.name : error.message;
  return isPolyflowError(error) ? text : `${error.name}: ${text}`;
}

function accessDenied(error: Error): string {
  const what = "permission" in error && typeof error.permission === "string" ? error.permission : "this";
  const resource = "resource" in error && typeof error.resource === "string" && error.resource !== "" ? ` of ${error.resource}` : "";
  return (
    `${what}${resource} is not allowed while a DAG file is imported: it may read files of its project, and nothing else. ` +
    "Do the work in a task, where this limit does not hold."
  );
}

function placeOf(error: unknown): SourceLocation | undefined {
  if (!isPolyflowError(error)) return undefined;
  const { location } = error.details;
  return isLocation(location) ? location : undefined;
}

function isLocation(value: unknown): value is SourceLocation {
  return typeof value === "object" && value !== null && "file" in value && "line" in value && "column" in value;
}

/** Message and the author's frames, paths relative to the project, so that it reads the same on every machine. */
function showStack(stack: string, projectDir: string): string {
  const folder = projectDir.endsWith("/") ? projectDir : `${projectDir}/`;
  return stack
    .split("\n")
    .filter((line) => !/^\s+at /.test(line) || authorFrames(line).length > 0)
    .map((line) =>
      line
        .replaceAll(`file://${folder}`, "")
        .replaceAll(folder, "")
        .replaceAll(/\?bundle=\d+/g, ""),
    )
    .join("\n");
}
