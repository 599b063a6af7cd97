import { isPolyflowError } from "@polyflow/contracts";
import { errorState, SQLSTATE } from "./database-error.ts";
import { statement } from "./statement.ts";

/** A transaction in which many rows are written waits no longer than this for a lock of somebody else, who may never let go of it. */
export const WAIT_BRIEFLY = statement("wait_briefly", `select set_config('lock_timeout', '200ms', true)`);

/** What `otherwise` gives when a transaction with WAIT_BRIEFLY has waited in vain; nothing of it was written then. */
export async function unlessLocked<Result>(work: () => Promise<Result>, otherwise: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!isPolyflowError(error, "database_unavailable") || errorState(error.cause) !== SQLSTATE.lockNotAvailable) throw error;
    return otherwise();
  }
}
