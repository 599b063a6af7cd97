import { brand, PolyflowError, type AttemptId, type JsonObject, type WorkerSessionId } from "@polyflow/contracts";
import { appendLogsRequest, renderedFieldsRequest, startAttemptRequest, uiLoads } from "@polyflow/contracts/wire";
import { z } from "zod";
import type { App, ServerContext } from "../server-context.ts";
import { superseded } from "./attempt-calls.ts";
import { LARGE_BODY_BYTES, reportedOutcome } from "./reported-outcome.ts";

const attemptPath = z.object({ attemptId: z.uuid() });
const hidden = { hide: true };
const loadReportBody = uiLoads.shape.loads.element.shape.report;

const renderedFieldsBody = renderedFieldsRequest.extend({
  fields: z.custom<JsonObject>((value) => typeof value === "object" && value !== null),
});

/** Attempts start, report their end, write logs and reports. Start and finish are the hot path: two statements, no audit, no cookies. */
export function addAttemptRoutes(app: App, context: ServerContext): void {
  const { store, attemptCalls } = context;

  app.post(
    "/attempts/:attemptId/start",
    { config: { policy: "session" }, schema: { ...hidden, params: attemptPath, body: startAttemptRequest } },
    async (request) => {
      const { sessionId, again = false } = request.body;
      if (sessionId !== request.tokenSubject) throw new PolyflowError("not_allowed", "This token is for another session.");
      return attemptCalls.start(brand<AttemptId>(request.params.attemptId), brand<WorkerSessionId>(sessionId), again);
    },
  );

  app.post(
    "/attempts/:attemptId/finish",
    { config: { policy: "attempt" }, bodyLimit: LARGE_BODY_BYTES, schema: { ...hidden, params: attemptPath, body: reportedOutcome } },
    async (request, reply) => {
      await attemptCalls.finish(brand<AttemptId>(request.params.attemptId), request.body);
      return reply.code(204).send();
    },
  );

  app.post(
    "/attempts/:attemptId/logs",
    { config: { policy: "attempt" }, bodyLimit: LARGE_BODY_BYTES, schema: { ...hidden, params: attemptPath, body: appendLogsRequest } },
    async (request, reply) => {
      await attemptCalls.appendLogs(brand<AttemptId>(request.params.attemptId), request.body.lines);
      return reply.code(204).send();
    },
  );

  app.post(
    "/attempts/:attemptId/load-reports",
    { config: { policy: "attempt" }, schema: { ...hidden, params: attemptPath, body: loadReportBody } },
    async (request, reply) => {
      const attemptId = brand<AttemptId>(request.params.attemptId);
      const { error, cursor, slice, lineage, rules, ...report } = request.body;
      const saved = await store.execution.saveLoadReport(attemptId, {
        ...report,
        ...(error === undefined ? {} : { error }),
        ...(cursor === undefined ? {} : { cursor }),
        ...(slice === undefined ? {} : { slice }),
        ...(lineage === undefined ? {} : { lineage }),
        rules: rules.map(({ column, note, ...rule }) => ({
          ...rule,
          ...(column === undefined ? {} : { column }),
          ...(note === undefined ? {} : { note }),
        })),
      });
      if (!saved) throw superseded(attemptId);
      return reply.code(204).send();
    },
  );

  app.post(
    "/attempts/:attemptId/rendered-fields",
    { config: { policy: "attempt" }, schema: { ...hidden, params: attemptPath, body: renderedFieldsBody } },
    async (request, reply) => {
      const attemptId = brand<AttemptId>(request.params.attemptId);
      if (!(await store.execution.saveRenderedFields(attemptId, request.body.fields))) throw superseded(attemptId);
      return reply.code(204).send();
    },
  );
}
