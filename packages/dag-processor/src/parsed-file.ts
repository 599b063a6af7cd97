import { isPolyflowError } from "@polyflow/contracts";
import { validateSchedule } from "@polyflow/lifecycle";
import type { ParsedFile } from "@polyflow/store";
import type { FileBundle } from "./bundle-file.ts";
import type { EvaluatedDag, FileReply } from "./child/evaluation-message.ts";
import { type FileProblem, wholeFileProblem } from "./file-problem.ts";
import type { Project } from "./options.ts";

/** Where a file stands. */
export interface FilePlace {
  readonly project: Project;
  readonly relativePath: string;
}

/** What is published of a file that was evaluated. */
export function toParsedFile(
  place: FilePlace,
  outcome: FileReply,
  { source, bundle, parseDurationMs }: { readonly source: string; readonly bundle: FileBundle; readonly parseDurationMs: number },
): ParsedFile {
  if (outcome.kind === "problem") return failedFile(place, outcome.problem);
  const problem = outcome.dags.map(checkSchedule).find((found) => found !== undefined);
  if (problem !== undefined) return failedFile(place, problem);
  return {
    kind: "dags",
    bundleName: place.project.name,
    relativePath: place.relativePath,
    source,
    bundle: { hash: bundle.hash, code: bundle.code },
    specs: outcome.dags.map((dag) => dag.spec),
    ...horizonsOf(outcome.dags),
    parseDurationMs,
  };
}

/** What is published of a file that could not be read. */
export function failedFile({ project, relativePath }: FilePlace, { code, message, file, line, column, stack }: FileProblem): ParsedFile {
  const isElsewhere = file !== null && file !== relativePath;
  const place = line === null ? file : `${file}:${line}`;
  return {
    kind: "error",
    bundleName: project.name,
    relativePath,
    code,
    message: isElsewhere && !message.startsWith(`${place}`) ? `${place}: ${message}` : message,
    // a line of another file would lead astray beside this file's name
    line: isElsewhere ? null : line,
    column: isElsewhere ? null : column,
    stack,
  };
}

function checkSchedule({ spec, line, column }: EvaluatedDag): FileProblem | undefined {
  try {
    validateSchedule(spec.schedule);
    return undefined;
  } catch (error) {
    if (!isPolyflowError(error, "dag_invalid")) throw error;
    return { ...wholeFileProblem("dag_invalid", `DAG "${spec.dagId}": ${error.message}`), line, column };
  }
}

function horizonsOf(dags: readonly EvaluatedDag[]): Pick<Extract<ParsedFile, { kind: "dags" }>, "horizons"> {
  const listed = dags.flatMap(({ spec, horizon }) => (horizon === undefined ? [] : [[spec.dagId, horizon] as const]));
  return listed.length === 0 ? {} : { horizons: Object.fromEntries(listed) };
}
