import { isPolyflowError } from "@polyflow/contracts";
import type { Logger } from "@polyflow/service-kit";
import type { AuditEntry, IdentityStore } from "@polyflow/store";
import type { FastifyRequest } from "fastify";

/** Of a row whose connection breaks; one that was idle too long, or all after a restart of the database. */
const MOST_TRIES = 5;

/** What is done to an audit entry before anybody reads it: who did what, from where, on which object (D5). */
export class AuditLog {
  readonly #identity: IdentityStore;
  readonly #logger: Logger;

  constructor(identity: IdentityStore, logger: Logger) {
    this.#identity = identity;
    this.#logger = logger;
  }

  /**
   * Writes one row for a call. What was done is done: when the row cannot be written, the call is not undone,
   * but the administrator reads it in the log.
   */
  async record(request: FastifyRequest, event: string, details: AuditEntry["details"]): Promise<void> {
    const entry = {
      username: request.caller?.credential === undefined ? (request.claimedUsername ?? null) : request.caller.principal.username,
      remoteAddress: request.ip,
      event,
      dagId: textParam(request, "dag_id"),
      runId: textParam(request, "dag_run_id") ?? textParam(request, "run_id"),
      taskId: textParam(request, "task_id"),
      details,
    };
    try {
      await this.#append(entry);
    } catch (error) {
      this.#logger.error("an audit row could not be written", { ...entry, error: error instanceof Error ? error.message : String(error) });
    }
  }

  /** A connection that broke under it must not cost the row; if only the answer was lost, there are two of it. */
  async #append(entry: Parameters<IdentityStore["appendAudit"]>[0]): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#identity.appendAudit(entry);
      } catch (error) {
        if (attempt === MOST_TRIES || !isPolyflowError(error) || error.code !== "database_unavailable") throw error;
      }
    }
  }
}

function textParam(request: FastifyRequest, name: string): string | null {
  const params = request.params;
  if (typeof params !== "object" || params === null) return null;
  const value: unknown = Reflect.get(params, name);
  return typeof value === "string" && value.length <= 250 ? value : null;
}
