import type { AttemptId, WorkerSessionId } from "@polyflow/contracts";
import type { ClaimedAttemptRow } from "./claimed-attempt-row.ts";

/** Nobody asks for those of a worker that went away; by then they are the oldest. */
const MOST_KEPT = 10_000;

interface ClaimedAhead {
  readonly sessionId: WorkerSessionId;
  readonly row: ClaimedAttemptRow;
}

/**
 * Attempts that were claimed for a worker when they were queued, until it asks for them. Only a saving: what is not here is read from the
 * database, where all of it stands.
 */
export class ClaimsAhead {
  readonly #claims = new Map<AttemptId, ClaimedAhead>();

  keep(sessionId: WorkerSessionId, rows: readonly ClaimedAttemptRow[]): void {
    for (const row of rows) this.#claims.set(row.attemptId, { sessionId, row });
    for (const attemptId of this.#claims.keys()) {
      if (this.#claims.size <= MOST_KEPT) return;
      this.#claims.delete(attemptId);
    }
  }

  /** What was kept for this session; once. */
  take(attemptId: AttemptId, sessionId: WorkerSessionId): ClaimedAttemptRow | undefined {
    const claimed = this.#claims.get(attemptId);
    if (claimed?.sessionId !== sessionId) return undefined;
    this.#claims.delete(attemptId);
    return claimed.row;
  }
}
