import { PolyflowError } from "@polyflow/contracts";
import type { Store } from "./store.ts";

/**
 * The same store, of which a share of all calls fails as if the database had gone away: half of them without effect, half of them after they
 * took effect, so that the caller cannot know.
 */
export function faultyStore(store: Store, share: number, random: () => number): { readonly store: Store; readonly faults: () => number } {
  let faults = 0;
  const fail = (method: string): never => {
    faults += 1;
    throw new PolyflowError("database_unavailable", `The database did not answer ${method} (a fault of the test).`);
  };
  const faulty = <Part extends object>(part: Part): Part =>
    new Proxy(part, {
      get(target, method) {
        const call: unknown = Reflect.get(target, method);
        if (typeof call !== "function") return call;
        return async (...values: readonly unknown[]): Promise<unknown> => {
          if (random() < share / 2) fail(String(method));
          const answer: unknown = await Reflect.apply(call, target, values);
          return random() < share / 2 ? fail(String(method)) : answer;
        };
      },
    });
  return { store: { ...store, scheduler: faulty(store.scheduler), execution: faulty(store.execution) }, faults: () => faults };
}
