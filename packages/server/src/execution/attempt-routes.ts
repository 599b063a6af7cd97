import { brand, PolyflowError, type AttemptId, type JsonObject, type JsonValue, type WorkerSessionId } from "@polyflow/contracts";
import { appendLogsRequest, attemptOutcome, renderedFieldsRequest, startAttemptRequest, uiLoads } from "@polyflow/contracts/wire";
import { z } from "zod";
import type { AttemptLocation, CallbackLocation } from "../logs/attempt-log-path.ts";
import type { App, ServerContext } from "../server-context.ts";
import { attemptEnd } from "./attempt-end.ts";
import { finishCallback } from "./finish-callback.ts";
import { startedAttemptOf } from "./started-attempt.ts";

/** Outputs and batches of log lines may be large; larger data belongs into a table or a file. */
const LARGE_BODY_BYTES = 32 * 1024 * 1024;
/** A task without a time limit may run this long and still report its end. */
const ATTEMPT_TOKEN_TTL_MS = 30 * 86_400_000;
/** Time that an attempt has for its report after its execution timeout. */
const TOKEN_GRACE_MS = 3_600_000;

const attemptPath = z.object({ attemptId: z.uuid() });
const hidden = { hide: true };
const loadReportBody = uiLoads.shape.loads.element.shape.report;

const renderedFieldsBody = renderedFieldsRequest.extend({
  fields: z.custom<JsonObject>((value) => typeof value === "object" && value !== null),
});

/**
 * Output is not walked through again: it came out of a JSON parser one line above.
 * The rest is what `attemptOutcome` of the contracts says.
 */
const [successOutcome, ...otherOutcomes] = attemptOutcome.options;
const finishBody = z.discriminatedUnion("kind", [
  successOutcome.extend({ output: z.custom<JsonValue>(() => true).optional() }),
  ...otherOutcomes,
]);

/** Attempts start, report their end, write logs and reports. Start and finish are the hot path: two statements, no audit, no cookies. */
export function addAttemptRoutes(app: App, context: ServerContext): void {
  const { store, tokens, logs } = context;
  const locations = new AttemptLocations(context);

  app.post(
    "/attempts/:attemptId/start",
    { config: { policy: "session" }, schema: { ...hidden, params: attemptPath, body: startAttemptRequest } },
    async (request) => {
      const { sessionId, again = false } = request.body;
      if (sessionId !== request.tokenSubject) throw new PolyflowError("not_allowed", "This token is for another session.");
      const attemptId = brand<AttemptId>(request.params.attemptId);
      const claimed = await store.execution.claimAttempt(attemptId, brand<WorkerSessionId>(sessionId), { again });
      if (claimed === undefined) throw superseded(attemptId);
      locations.remember(attemptId, claimed);
      const started = startedAttemptOf(claimed, context.clock);
      const ttlMs = started.executionTimeoutMs === null ? ATTEMPT_TOKEN_TTL_MS : started.executionTimeoutMs + TOKEN_GRACE_MS;
      return { ...started, token: tokens.sign("attempt", attemptId, ttlMs) };
    },
  );

  app.post(
    "/attempts/:attemptId/finish",
    { config: { policy: "attempt" }, bodyLimit: LARGE_BODY_BYTES, schema: { ...hidden, params: attemptPath, body: finishBody } },
    async (request, reply) => {
      const attemptId = brand<AttemptId>(request.params.attemptId);
      const end = await attemptEnd(attemptId, request.body, context);
      const isTask = end !== undefined && (await store.execution.finishAttempt(attemptId, end));
      if (!isTask && !(await finishCallback(attemptId, request.body, context))) throw superseded(attemptId);
      return reply.code(204).send();
    },
  );

  app.post(
    "/attempts/:attemptId/logs",
    { config: { policy: "attempt" }, bodyLimit: LARGE_BODY_BYTES, schema: { ...hidden, params: attemptPath, body: appendLogsRequest } },
    async (request, reply) => {
      await logs.append(await locations.locate(brand<AttemptId>(request.params.attemptId)), request.body.lines);
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

/** Where logs of recent attempts, of tasks and of callbacks, belong; it never changes, so that it is asked of the store once. */
class AttemptLocations {
  readonly #known = new Map<AttemptId, AttemptLocation | CallbackLocation>();
  readonly #context: ServerContext;

  constructor(context: ServerContext) {
    this.#context = context;
  }

  remember(attemptId: AttemptId, { dagId, runId, taskId, mapIndex, tryNumber }: AttemptLocation): void {
    this.#keep(attemptId, { dagId, runId, taskId, mapIndex, tryNumber });
  }

  async locate(attemptId: AttemptId): Promise<AttemptLocation | CallbackLocation> {
    const known = this.#known.get(attemptId);
    if (known !== undefined) return known;
    const { execution, callbacks } = this.#context.store;
    const location = (await execution.locateAttempt(attemptId)) ?? (await callbacks.locate(attemptId));
    if (location === undefined) throw superseded(attemptId);
    this.#keep(attemptId, location);
    return location;
  }

  #keep(attemptId: AttemptId, location: AttemptLocation | CallbackLocation): void {
    if (this.#known.size >= 10_000) this.#known.clear();
    this.#known.set(attemptId, location);
  }
}

function superseded(attemptId: AttemptId): PolyflowError {
  return new PolyflowError(
    "attempt_superseded",
    `Attempt ${attemptId} is no longer current: it was cleared, given up or has ended. Stop it.`,
  );
}
