import { isPolyflowError } from "@polyflow/contracts";

const MOST_TIMES = 10;

/**
 * The same store, or what calls one, for tests in which connections break before what they carry takes effect: a call that fails for that is
 * made once more, as a client does, and must then do what it would have done. A call that left something half done does not.
 */
export function repeating<Part extends object>(part: Part): Part {
  return new Proxy(part, {
    get(target, method) {
      const call: unknown = Reflect.get(target, method);
      if (typeof call === "object" && call !== null) return repeating(call);
      if (typeof call !== "function") return call;
      return (...values: readonly unknown[]): unknown => {
        const answer: unknown = Reflect.apply(call, target, values);
        return answer instanceof Promise
          ? answer.catch((error: unknown) => again(error, () => Reflect.apply(call, target, values)))
          : answer;
      };
    },
  });
}

async function again(first: unknown, call: () => Promise<unknown>): Promise<unknown> {
  let last = first;
  for (let times = 1; times < MOST_TIMES; times++) {
    if (!isPolyflowError(last) || last.code !== "database_unavailable") throw last;
    try {
      return await call();
    } catch (error) {
      last = error;
    }
  }
  throw last;
}
