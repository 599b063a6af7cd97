import { expect, test } from "vitest";
import type { WatchOrder } from "../protocol/messages.ts";
import { KeptOrders, orderOf } from "./kept-orders.ts";

function order(n: number): WatchOrder {
  const instant = "2026-01-01T00:00:00Z";
  return {
    waitId: `wait ${n}`,
    trigger: { kind: "poke", everyMs: 1000, backoff: false },
    elapsedMs: 0,
    state: { n },
    order: {
      attemptId: `attempt ${n}`,
      dagId: "dag",
      runId: "run",
      taskId: "task",
      mapIndex: n,
      tryNumber: 1,
      runType: "manual",
      logicalDate: null,
      dataIntervalStart: instant,
      dataIntervalEnd: instant,
      runAfter: instant,
      params: { deep: { list: [1] } },
      conf: {},
      inputs: { n },
      bundlePath: "/bundles/one.mjs",
      projectDir: "/project",
      outlets: [],
      triggeringAssetEvents: {},
      outputLimitBytes: 10,
      wait: { elapsedMs: 0, waits: 1 },
    },
  };
}

test("A5: waits of a run hold in common what does not differ, and each gets its order as it was", () => {
  const kept = new KeptOrders();
  const [first, second] = [kept.keep(order(1)), kept.keep(order(2))];
  expect(second.common).toBe(first.common);
  expect(orderOf(first)).toEqual(order(1).order);
  expect(orderOf(second)).toEqual(order(2).order);
  expect([first.state, second.state]).toEqual([{ n: 1 }, { n: 2 }]);
});

test("A5: what a look does to its parameters no other look sees, of this wait or another", () => {
  const kept = new KeptOrders();
  const [first, second] = [kept.keep(order(1)), kept.keep(order(2))];
  (orderOf(first).params["deep"] as { list: number[] }).list.push(2);
  for (const each of [first, second]) expect(orderOf(each).params).toEqual({ deep: { list: [1] } });
});

test("A5: the last wait of a run takes what it had in common with it", () => {
  const kept = new KeptOrders();
  const [first, second] = [kept.keep(order(1)), kept.keep(order(2))];
  kept.forget(first);
  expect(orderOf(second)).toEqual(order(2).order);
  kept.forget(second);
  expect(kept.size).toBe(0);
});
