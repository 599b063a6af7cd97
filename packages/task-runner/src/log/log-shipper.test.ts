import type { LogLine } from "@polyflow/contracts";
import type { Clock } from "@polyflow/service-kit";
import { expect, test } from "vitest";
import { LogShipper } from "./log-shipper.ts";

/** Time that stands still until the test moves it. */
class ManualClock implements Clock {
  #now = 0;
  #timers: { readonly at: number; readonly callback: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  monotonicMs(): number {
    return this.#now;
  }

  schedule(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#now + delayMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  async advance(byMs: number): Promise<void> {
    this.#now += byMs;
    const due = this.#timers.filter((timer) => timer.at <= this.#now);
    this.#timers = this.#timers.filter((timer) => timer.at > this.#now);
    for (const timer of due) timer.callback();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function setUp(): { clock: ManualClock; calls: string[][]; pressure: boolean[]; shipper: LogShipper; answer: () => void } {
  const clock = new ManualClock();
  const calls: string[][] = [];
  const pressure: boolean[] = [];
  const gates: (() => void)[] = [];
  const shipper = new LogShipper({
    clock,
    ship: (lines) => {
      calls.push(lines.map((line) => line.message));
      return new Promise((resolve) => gates.push(resolve));
    },
    onPressure: (high) => pressure.push(high),
  });
  return { clock, calls, pressure, shipper, answer: () => gates.shift()?.() };
}

function line(message: string, source: LogLine["source"] = "task"): LogLine {
  return { at: "", level: "info", source, message };
}

test("the first line of a task goes at once, those after it in batches every 100 ms", async () => {
  const { answer, calls, clock, shipper } = setUp();
  shipper.add(line("started", "system"));
  await clock.advance(0);
  expect(calls).toEqual([]);
  shipper.add(line("one"));
  await clock.advance(0);
  expect(calls).toEqual([["started", "one"]]);
  shipper.add(line("two"));
  answer();
  await clock.advance(0);
  shipper.add(line("three"));
  await clock.advance(99);
  expect(calls).toHaveLength(1);
  await clock.advance(1);
  expect(calls[1]).toEqual(["two", "three"]);
});

test("calls never overlap, so that lines arrive in order", async () => {
  const { answer, calls, clock, shipper } = setUp();
  shipper.add(line("one"));
  await clock.advance(0);
  shipper.add(line("x".repeat(100_000)));
  await clock.advance(1_000);
  expect(calls).toHaveLength(1);
  answer();
  await clock.advance(100);
  expect(calls).toHaveLength(2);
});

test("flush sends all, also what came during a call", async () => {
  const { answer, calls, clock, shipper } = setUp();
  shipper.add(line("one"));
  await clock.advance(0);
  shipper.add(line("two"));
  let flushed = false;
  const flushing = shipper.flush().then(() => {
    flushed = true;
  });
  answer();
  await clock.advance(0);
  expect(calls).toEqual([["one"], ["two"]]);
  expect(flushed).toBe(false);
  answer();
  await flushing;
});

test("a task that prints faster than its lines are stored has to wait, and goes on later", async () => {
  const { answer, calls, clock, pressure, shipper } = setUp();
  for (let n = 0; n < 50; n += 1) shipper.add(line("x".repeat(100_000)));
  expect(pressure).toEqual([true]);
  while (pressure.length === 1 && calls.length < 100) {
    await clock.advance(100);
    answer();
  }
  expect(pressure).toEqual([true, false]);
});
