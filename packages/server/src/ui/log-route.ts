import { LOG_LEVELS } from "@polyflow/contracts";
import type { UiLogPage, UiLogSearchPage } from "@polyflow/contracts/wire";
import { z } from "zod";
import { onDag } from "../access/policy.ts";
import { dagId, mapIndex, runId, taskId, tryNumber } from "../http/path-params.ts";
import { existingTaskInstance } from "../records/existing-records.ts";
import { readAttemptLog } from "../logs/read-attempt-log.ts";
import type { App, ServerContext } from "../server-context.ts";

const path = z.object({ dag_id: dagId, run_id: runId, task_id: taskId, try_number: tryNumber });
/** Lines of one answer. */
const MOST_LINES = 5000;

const query = z.strictObject({
  map_index: mapIndex.default(-1),
  after: z.coerce.number().int().min(0).default(0),
  /** Begins so many lines before the end instead; what is before can be read later. */
  tail: z.coerce.number().int().min(1).max(1_000_000).optional(),
  wait_ms: z.coerce.number().int().min(0).max(30_000).default(0),
  limit: z.coerce.number().int().min(1).max(MOST_LINES).default(MOST_LINES),
});

const searchQuery = z.strictObject({
  map_index: mapIndex.default(-1),
  q: z.string().max(500).default(""),
  level: z.enum(LOG_LEVELS).default("debug"),
  after: z.coerce.number().int().min(0).default(0),
  until: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(Number.MAX_SAFE_INTEGER),
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
      const { map_index: mapIndex, tail, wait_ms: waitMs, limit: maxLines } = request.query;
      const location = { dagId, runId, taskId, mapIndex, tryNumber };
      const after = tail === undefined ? request.query.after : Math.max(0, (await context.logs.countLines(location)) - tail);
      const page = await readAttemptLog(context, location, { after, waitMs, maxLines });
      return { lines: [...page.lines], first: after, next: page.next, complete: page.complete };
    },
  );

  app.get(
    "/dags/:dag_id/runs/:run_id/tasks/:task_id/tries/:try_number/log/search",
    { config: { policy: onDag("read", "Task Logs") }, schema: { hide: true, params: path, querystring: searchQuery } },
    async (request): Promise<UiLogSearchPage> => {
      const { dag_id: dagId, run_id: runId, task_id: taskId, try_number: tryNumber } = request.params;
      const { map_index: mapIndex, q: text, level, after, until } = request.query;
      const location = { dagId, runId, taskId, mapIndex, tryNumber };
      await existingTaskInstance(context.store, location);
      const { found, next, done } = await context.logs.search(location, { text, level, after, until });
      return { lines: found.map(({ number, line }) => ({ number, ...line })), next, done };
    },
  );
}
