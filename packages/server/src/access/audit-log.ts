import type { Logger } from "@polyflow/service-kit";
import type { AuditEntry, IdentityStore } from "@polyflow/store";
import type { FastifyRequest } from "fastify";

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
      await this.#identity.appendAudit(entry);
    } catch (error) {
      this.#logger.error("an audit row could not be written", { ...entry, error: error instanceof Error ? error.message : String(error) });
    }
  }
}

function textParam(request: FastifyRequest, name: string): string | null {
  const params = request.params;
  if (typeof params !== "object" || params === null) return null;
  const value: unknown = Reflect.get(params, name);
  return typeof value === "string" && value.length <= 250 ? value : null;
}
