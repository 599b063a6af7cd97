import { answerOf, type components } from "@polyflow/api-client";
import type { Clock } from "@polyflow/service-kit";
import { pause } from "./pause.ts";
import type { RunAddress, ServerConnection } from "./server-connection.ts";

const LOOK_AGAIN_MS = 250;

/** One try of a task, whose log is meant. */
export interface AttemptAddress extends RunAddress {
  readonly taskId: string;
  /** -1 of a task that is not mapped. */
  readonly mapIndex: number;
  readonly tryNumber: number;
}

type LogLine = components["schemas"]["StructuredLogMessage"];

/** A line as people read it. */
export function logText(line: LogLine): string {
  return `${line.timestamp ?? ""} ${line.level.toUpperCase().padEnd(7)} ${line.event}`;
}

/** The lines of a log as they come: until the attempt has ended, or, without `follow`, what there is. */
export async function* readLog(
  server: ServerConnection,
  attempt: AttemptAddress,
  { clock, follow }: { readonly clock: Clock; readonly follow: boolean },
): AsyncGenerator<LogLine> {
  const path = { dag_id: attempt.dagId, dag_run_id: attempt.runId, task_id: attempt.taskId, try_number: attempt.tryNumber };
  for (let token = ""; ; ) {
    const page = await answerOf(
      server.api.GET("/api/v2/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/logs/{try_number}", {
        params: { path, query: { map_index: attempt.mapIndex, token } },
      }),
    );
    yield* page.content;
    // No token: the attempt has ended and all is read. A page without lines: what there is was read.
    if (page.continuation_token === null || (page.content.length === 0 && !follow)) return;
    if (page.content.length === 0) await pause(clock, LOOK_AGAIN_MS);
    token = page.continuation_token;
  }
}
