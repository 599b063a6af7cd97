import { type AttemptId, brand, type JsonValue, PolyflowError } from "@polyflow/contracts";
import { z } from "zod";
import { dagId, mapIndex, runId, taskId } from "../http/path-params.ts";
import { flag } from "../http/query.ts";
import type { App, ServerContext } from "../server-context.ts";

const LARGE_BODY_BYTES = 32 * 1024 * 1024;
const attemptPath = z.object({ attemptId: z.uuid() });
const hidden = { hide: true };
const key = z.string().min(1).max(512);
/** Not walked through again: it came out of a JSON parser one line above. */
const pushBody = z.object({ key, value: z.custom<JsonValue>((value) => value !== undefined) });
const pullQuery = z.strictObject({
  task_id: taskId,
  key: key.default("return_value"),
  dag_id: dagId.optional(),
  run_id: runId.optional(),
  map_index: mapIndex.optional(),
  include_prior_dates: flag.default(false),
});

/** Outputs that a running attempt keeps and reads by itself. */
export function addAttemptXComRoutes(app: App, { store }: ServerContext): void {
  app.post(
    "/attempts/:attemptId/xcoms",
    { config: { policy: "attempt" }, bodyLimit: LARGE_BODY_BYTES, schema: { ...hidden, params: attemptPath, body: pushBody } },
    async (request, reply) => {
      const attemptId = brand<AttemptId>(request.params.attemptId);
      if (!(await store.xcoms.pushXCom(attemptId, request.body.key, request.body.value))) throw superseded(attemptId);
      return reply.code(204).send();
    },
  );

  app.get(
    "/attempts/:attemptId/xcoms",
    { config: { policy: "attempt" }, schema: { ...hidden, params: attemptPath, querystring: pullQuery } },
    async (request) => {
      const attemptId = brand<AttemptId>(request.params.attemptId);
      const { dag_id: otherDagId, run_id: otherRunId, map_index: wantedIndex, ...query } = request.query;
      const pulled = await store.xcoms.pullXCom(attemptId, {
        taskId: query.task_id,
        key: query.key,
        includePriorDates: query.include_prior_dates,
        ...(otherDagId === undefined ? {} : { dagId: otherDagId }),
        ...(otherRunId === undefined ? {} : { runId: otherRunId }),
        ...(wantedIndex === undefined ? {} : { mapIndex: wantedIndex }),
      });
      if (pulled === undefined) throw superseded(attemptId);
      const [value] = pulled.values;
      if (value === undefined) return { found: false };
      return { found: true, value: pulled.isMapped ? pulled.values : value };
    },
  );
}

function superseded(attemptId: AttemptId): PolyflowError {
  return new PolyflowError("attempt_superseded", `Attempt ${attemptId} is no longer current. Stop it.`);
}
