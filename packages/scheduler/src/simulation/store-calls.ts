import type { LeaderTerm } from "@polyflow/store";

/** A method of the store, called by name. */
export type Callable = (...values: readonly unknown[]) => unknown;

export function isCallable(value: unknown): value is Callable {
  return typeof value === "function";
}

export function isTerm(value: unknown): value is LeaderTerm {
  return typeof value === "object" && value !== null && "term" in value && "holder" in value;
}

/** Whether the call writes in a term. */
export function isFenced(method: string, term: unknown): term is LeaderTerm {
  return isTerm(term) && method !== "renewLease" && method !== "releaseLease";
}

export function never<Result>(): Promise<Result> {
  return new Promise(() => undefined);
}
