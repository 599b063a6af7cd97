import { PolyflowError } from "@polyflow/contracts";

/** Who may cause a transition. */
export type Actor = "scheduler" | "worker" | "user";

/** A transition that is not in the table; `code` goes to the caller as it is. */
export interface TransitionRefusal {
  readonly allowed: false;
  readonly code: "transition_refused";
  readonly reason: string;
}

export interface TransitionGrant<State> {
  readonly allowed: true;
  readonly to: State;
}

/** @throws PolyflowError `transition_refused` when the decision is a refusal; gives the new state otherwise. */
export function requireTransition<State>(decision: TransitionGrant<State> | TransitionRefusal): State {
  if (decision.allowed) return decision.to;
  throw new PolyflowError(decision.code, decision.reason);
}
