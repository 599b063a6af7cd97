import type { AttemptId, JsonValue } from "@polyflow/contracts";
import type { AttemptOutcome } from "@polyflow/contracts/wire";
import { decideAttemptEnd } from "@polyflow/lifecycle";
import type { AttemptEnd } from "@polyflow/store";
import type { ServerContext } from "../server-context.ts";

/** An outcome whose output came out of a JSON parser. */
export type ReportedOutcome =
  | Exclude<AttemptOutcome, { kind: "success" }>
  | { readonly kind: "success"; readonly output?: JsonValue | undefined };

/**
 * How the attempt ends. A success needs no facts, so that the usual end of a task costs no statement more;
 * whether a failure is tried again depends on the task and its tries. Undefined: the attempt is no longer current.
 */
export async function attemptEnd(
  attemptId: AttemptId,
  outcome: ReportedOutcome,
  { store, clock }: ServerContext,
): Promise<AttemptEnd | undefined> {
  if (outcome.kind === "success") return { to: "success", output: outcome.output };
  const attempt = await store.execution.getRunningAttempt(attemptId);
  return attempt === undefined ? undefined : decideAttemptEnd(attempt, outcome, new Date(clock.now()));
}
