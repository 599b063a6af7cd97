import { type AttemptId, brand, isPolyflowError, type LogLine, PolyflowError, type WorkerSessionId } from "@polyflow/contracts";
import { appendLogsRequest, type AttemptOutcome, type StartedAttempt } from "@polyflow/contracts/wire";
import type { Logger } from "@polyflow/service-kit";
import { z } from "zod";
import type { ExecutionTokenKind, ExecutionTokens } from "../access/execution-tokens.ts";
import type { AttemptCalls } from "./attempt-calls.ts";
import { LARGE_BODY_BYTES, reportedOutcome } from "./reported-outcome.ts";

export interface NearAttemptCallsParts {
  readonly calls: AttemptCalls;
  readonly tokens: ExecutionTokens;
  readonly logger: Logger;
  /** Aborted when the server closes. */
  readonly closing: AbortSignal;
}

/**
 * The calls that every attempt makes, for a worker in this process: without HTTP and its headers, with the same tokens and the same checks of
 * what comes from a task's process. A call costs a fifth of what it costs through the routes.
 */
export class NearAttemptCalls {
  readonly #parts: NearAttemptCallsParts;

  constructor(parts: NearAttemptCallsParts) {
    this.#parts = parts;
  }

  /** @throws PolyflowError as `POST /attempts/{id}/start` */
  start(
    token: string,
    attemptId: string,
    { sessionId, again }: { readonly sessionId: string; readonly again: boolean },
  ): Promise<StartedAttempt> {
    return this.#answer(() => {
      this.#check("session", token, sessionId);
      return this.#parts.calls.start(brand<AttemptId>(attemptId), brand<WorkerSessionId>(sessionId), again);
    });
  }

  /** @throws PolyflowError as `POST /attempts/{id}/finish` */
  finish(token: string, attemptId: string, outcome: AttemptOutcome): Promise<void> {
    return this.#answer(() => {
      this.#check("attempt", token, attemptId);
      const bytes = Buffer.byteLength(JSON.stringify(outcome));
      if (bytes > LARGE_BODY_BYTES)
        throw new PolyflowError("request_invalid", `An outcome of ${bytes} bytes is too large; at most ${LARGE_BODY_BYTES} are taken.`);
      return this.#parts.calls.finish(brand<AttemptId>(attemptId), reportedOutcome.parse(outcome));
    });
  }

  /** @throws PolyflowError as `POST /attempts/{id}/logs` */
  appendLogs(token: string, attemptId: string, lines: readonly LogLine[]): Promise<void> {
    return this.#answer(() => {
      this.#check("attempt", token, attemptId);
      return this.#parts.calls.appendLogs(brand<AttemptId>(attemptId), appendLogsRequest.parse({ lines }).lines);
    });
  }

  #check(kind: ExecutionTokenKind, token: string, id: string): void {
    const subject = this.#parts.tokens.verify(kind, token);
    if (subject === undefined) throw new PolyflowError("not_authenticated", "The token is not valid, or no longer.");
    if (subject !== id) throw new PolyflowError("not_allowed", `This token is for another ${kind}.`);
  }

  async #answer<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    const { closing, logger } = this.#parts;
    if (closing.aborted) throw new PolyflowError("execution_api_unavailable", "The server is closing.");
    try {
      return await call();
    } catch (error) {
      if (isPolyflowError(error)) throw error;
      if (error instanceof z.ZodError) throw new PolyflowError("request_invalid", z.prettifyError(error), { cause: error });
      logger.error("call of an attempt failed", { error });
      throw new PolyflowError("internal", "The server failed; its log tells more.", { cause: error });
    }
  }
}
