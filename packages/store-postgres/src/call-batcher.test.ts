import { PolyflowError } from "@polyflow/contracts";
import { systemClock } from "@polyflow/service-kit";
import { describe, expect, test } from "vitest";
import { CallBatcher } from "./call-batcher.ts";

/** Answers a batch when the test says so. */
function gatedBatcher() {
  const batches: { readonly calls: readonly string[]; readonly end: PromiseWithResolvers<readonly string[]> }[] = [];
  const arrivals: (() => void)[] = [];
  const batcher = new CallBatcher<string, string>({
    clock: systemClock,
    keyOf: (call) => call.split(" ")[0] ?? "",
    run: (calls) => {
      const end = Promise.withResolvers<readonly string[]>();
      batches.push({ calls, end });
      arrivals.shift()?.();
      return end.promise;
    },
  });
  const nextBatch = () => new Promise<void>((resolve) => arrivals.push(resolve));
  const end = (index: number): void => batches[index]?.end.resolve(batches[index].calls.map((call) => `${call}!`));
  return { batcher, batches, nextBatch, end };
}

describe("calls that come together", () => {
  test("run as one, in order; those that come meanwhile go next", async () => {
    const { batcher, batches, nextBatch, end } = gatedBatcher();
    const begun = nextBatch();
    const first = [batcher.call("a"), batcher.call("b")];
    await begun;
    const following = nextBatch();
    const second = [batcher.call("c"), batcher.call("d")];
    end(0);
    expect(await Promise.all(first)).toEqual(["a!", "b!"]);
    await following;
    end(1);
    expect(await Promise.all(second)).toEqual(["c!", "d!"]);
    expect(batches.map(({ calls }) => calls)).toEqual([
      ["a", "b"],
      ["c", "d"],
    ]);
  });

  test("two calls about the same are in batches of their own, one after the other", async () => {
    const { batcher, batches, nextBatch, end } = gatedBatcher();
    const begun = nextBatch();
    const calls = [batcher.call("a 1"), batcher.call("a 2"), batcher.call("b 1")];
    await begun;
    const following = nextBatch();
    end(0);
    await following;
    end(1);
    await Promise.all(calls);
    expect(batches.map((batch) => batch.calls)).toEqual([["a 1", "b 1"], ["a 2"]]);
  });

  test("a batch that waits for a lock holds up nobody who comes after it", async () => {
    const { batcher, nextBatch, end } = gatedBatcher();
    const begun = nextBatch();
    const slow = batcher.call("slow");
    await begun;
    const following = nextBatch();
    const next = batcher.call("next");
    await following;
    end(1);
    expect(await next).toBe("next!");
    end(0);
    expect(await slow).toBe("slow!");
  });

  test("one that fails takes nobody with it", async () => {
    const batcher = new CallBatcher<string, string>({
      clock: systemClock,
      keyOf: (call) => call,
      run: async (calls) => {
        if (calls.includes("bad")) throw new Error("bad value");
        return calls;
      },
    });
    const ended = await Promise.allSettled(["good", "bad", "fine"].map((call) => batcher.call(call)));
    expect(ended.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  test("a database that does not answer is not asked once more for each", async () => {
    let runs = 0;
    const batcher = new CallBatcher<string, string>({
      clock: systemClock,
      keyOf: (call) => call,
      run: async () => {
        runs += 1;
        throw new PolyflowError("database_unavailable", "away");
      },
    });
    const ended = await Promise.allSettled([batcher.call("a"), batcher.call("b")]);
    expect(ended.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(runs).toBe(1);
  });
});
