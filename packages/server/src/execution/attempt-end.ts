import type { AttemptId, JsonValue } from "@polyflow/contracts";
import type { AssetUpdate, AttemptOutcome, SkipRequest } from "@polyflow/contracts/wire";
import { decideAttemptEnd, decideSkippingEnd } from "@polyflow/lifecycle";
import type { Clock } from "@polyflow/service-kit";
import type { AttemptEnd, Store } from "@polyflow/store";
import { declaredUpdates } from "./asset-updates.ts";

/** An outcome whose output came out of a JSON parser. */
export type ReportedOutcome =
  | Exclude<AttemptOutcome, { kind: "success" }>
  | {
      readonly kind: "success";
      readonly output?: JsonValue | undefined;
      readonly skips?: SkipRequest | undefined;
      readonly assets?: readonly AssetUpdate[] | undefined;
      readonly mapName?: string | undefined;
    };

/** What the end of an attempt is decided with. */
export interface AttemptFacts {
  readonly store: Store;
  readonly clock: Clock;
}

/**
 * How the attempt ends. A success that skips nothing and updates no assets needs no facts, so that the usual end of a task costs no statement more;
 * whether a failure is tried again depends on the task and its tries. Undefined: the attempt is no longer current.
 */
export async function attemptEnd(
  attemptId: AttemptId,
  outcome: ReportedOutcome,
  { store, clock }: AttemptFacts,
): Promise<AttemptEnd | undefined> {
  if (outcome.kind === "success" && outcome.skips === undefined && outcome.assets === undefined) {
    return { to: "success", output: outcome.output, mapName: outcome.mapName };
  }
  const attempt = await store.execution.getRunningAttempt(attemptId);
  if (attempt === undefined) return undefined;
  const now = new Date(clock.now());
  const end =
    outcome.kind === "success" && outcome.skips !== undefined
      ? decideSkippingEnd(attempt, { ...outcome, skips: outcome.skips }, now)
      : decideAttemptEnd(attempt, outcome, now);
  const named = "mapName" in outcome ? { ...end, mapName: outcome.mapName } : end;
  if (named.to !== "success" || outcome.kind !== "success" || outcome.assets === undefined) return named;
  return { ...named, assets: declaredUpdates(attempt, outcome.assets) };
}
