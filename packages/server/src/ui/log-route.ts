import type { UiLogPage } from "@polyflow/contracts/wire";
import { z } from "zod";
import { onDag } from "../access/policy.ts";
import { dagId, mapIndex, runId, taskId, tryNumber } from "../http/path-params.ts";
import { readAttemptLog } from "../logs/read-attempt-log.ts";
import type { App, ServerContext } from "../server-context.ts";

const path = z.object({ dag_id: dagId, run_id: runId, task_id: taskId, try_number: tryNumber });
const query = z.strictObject({
  map_index: mapIndex.default(-1),
  after: z.coerce.number().int().min(0).default(0),
  wait_ms: z.coerce.number().int().min(0).max(30_000).default(0),
});

/** A page of an attempt's log; with `wait_ms` the answer waits for a line to come, so that a reader sees lines as they arrive. */
export function addUiLogRoute(app: App, context: ServerContext): void {
  app.get(
    "/dags/:dag_id/runs/:run_id/tasks/:task_id/tries/:try_number/log",
    {
      config: { policy: onDag("read", "Task Logs") },
      schema: { hide: true, params: path, querystring: query },
    },
    async (request): Promise<UiLogPage> => {
      const { dag_id: dagId, run_id: runId, task_id: taskId, try_number: tryNumber } = request.params;
      const { map_index: mapIndex, after, wait_ms: waitMs } = request.query;
      const page = await readAttemptLog(context, { dagId, runId, taskId, mapIndex, tryNumber }, { after, waitMs });
      return { lines: [...page.lines], next: page.next, complete: page.complete };
    },
  );
}
