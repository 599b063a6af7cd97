import type { ProcessEnd } from "./evaluation-process.ts";
import type { LimitExceeded } from "./evaluation-limits.ts";
import { type FileProblem, wholeFileProblem } from "./file-problem.ts";

/** What came instead of an answer. */
export type Unanswered =
  | LimitExceeded
  | { readonly kind: "ended"; readonly end: ProcessEnd }
  | { readonly kind: "nonsense"; readonly reason: string };

/** Why there is no answer, for the author. */
export function explainSilence(
  reply: Unanswered,
  { parseTimeoutMs, memoryLimitMb }: { readonly parseTimeoutMs: number; readonly memoryLimitMb: number },
): FileProblem {
  switch (reply.kind) {
    case "timeout":
      return wholeFileProblem(
        "dag_file_timeout",
        `Importing the file took more than ${parseTimeoutMs / 1_000} s. Look for an endless loop, a wait at the top level, or work that belongs into a task.`,
      );
    case "memory":
      return overMemory(memoryLimitMb);
    case "ended":
      return explainEnd(reply.end, memoryLimitMb);
    case "nonsense":
      return wholeFileProblem(
        "dag_invalid",
        `The DAG cannot be published: ${reply.reason}. Was its definition changed after dag() made it?`,
      );
  }
}

function explainEnd({ exitCode, signal, output }: ProcessEnd, memoryLimitMb: number): FileProblem {
  if (signal === "SIGABRT" || exitCode === 134 || output.includes("JavaScript heap out of memory")) return overMemory(memoryLimitMb);
  const how = signal === null ? `ended its process with exit code ${exitCode}` : `got its process killed by ${signal}`;
  const printed = output.trim() === "" ? "" : ` It printed: ${output.trim().slice(0, 2_000)}`;
  const message = `While it was imported, the file ${how}. A DAG file must not call process.exit or kill its process.${printed}`;
  return wholeFileProblem("dag_file_exited", message);
}

function overMemory(memoryLimitMb: number): FileProblem {
  const message = `Importing the file took more than ${memoryLimitMb} MB of memory. Read and transform data in tasks, not at the top level of a file.`;
  return wholeFileProblem("dag_file_memory", message);
}
