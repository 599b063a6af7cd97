import fc from "fast-check";
import { expect, test } from "vitest";
import { pokeDelayMs } from "./poke-delay.ts";

test("A5: without backoff the interval stays", () => {
  expect([1, 2, 50].map((looks) => pokeDelayMs({ intervalMs: 5_000, exponentialBackoff: false, maxWaitMs: 1 }, looks, "x"))).toEqual([
    5_000, 5_000, 5_000,
  ]);
});

test("A5: with backoff the delay lies in [m, 2m], m doubling from look to look, at most a day and at most maxWait (property)", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 86_400_000 }), fc.integer({ min: 1, max: 200 }), fc.string(), (intervalMs, looks, identity) => {
      const base = Math.max(Math.min(intervalMs * 2 ** (looks - 1), 86_400_000), 1_000);
      const delay = pokeDelayMs({ intervalMs, exponentialBackoff: true }, looks, identity);
      expect(delay).toBeGreaterThanOrEqual(Math.min(base, 86_400_000));
      expect(delay).toBeLessThanOrEqual(Math.min(2 * base, 86_400_000));
      expect(pokeDelayMs({ intervalMs, exponentialBackoff: true }, looks, identity)).toBe(delay);
      expect(pokeDelayMs({ intervalMs, exponentialBackoff: true, maxWaitMs: 2_000 }, looks, identity)).toBeLessThanOrEqual(2_000);
    }),
  );
});
