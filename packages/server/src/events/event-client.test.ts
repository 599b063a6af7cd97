import type { ChangeEvent } from "@polyflow/contracts";
import { beforeEach, describe, expect, test } from "vitest";
import { ManualClock } from "../testing/manual-clock.ts";
import { EventClient, MESSAGES_PER_SECOND } from "./event-client.ts";

let clock: ManualClock;
let written: string[];
let waitingBytes: number;
let client: EventClient;
beforeEach(() => {
  clock = new ManualClock();
  written = [];
  waitingBytes = 0;
  client = new EventClient(
    {
      write: (text) => void written.push(text),
      get waitingBytes() {
        return waitingBytes;
      },
      end: () => void written.push("end"),
    },
    clock,
  );
});

const dag = (id: number): ChangeEvent => ({ kind: "dag", dagId: `d${id}` });
const run = (state: "queued" | "running"): ChangeEvent => ({ kind: "run", dagId: "d", runId: "r", runKey: "k", state });

function events(): unknown[] {
  return written.map((text) => JSON.parse(/^event: change\ndata: (.*)\n\n$/.exec(text)?.[1] ?? "null"));
}

describe("a reader of the event stream", () => {
  test("gets an event within a moment", () => {
    client.offer(dag(1));
    clock.advance(50);
    expect(events()).toEqual([dag(1)]);
  });

  test("gets the last of several changes of one thing", () => {
    client.offer(run("queued"));
    client.offer(dag(1));
    client.offer(run("running"));
    clock.advance(50);
    expect(events()).toEqual([dag(1), run("running")]);
  });

  test("never gets more than the agreed messages in any second, and is told to look at everything instead", () => {
    const perSecond: number[] = [];
    for (let second = 0; second < 10; second += 1) {
      const before = written.length;
      for (let tick = 0; tick < 100; tick += 1) {
        client.offer(dag(second * 100 + tick));
        clock.advance(10);
      }
      perSecond.push(written.length - before);
    }
    expect(Math.max(...perSecond)).toBeLessThanOrEqual(MESSAGES_PER_SECOND);
    expect(events()).toContainEqual({ kind: "resync" });
  });

  test("what was left out is always followed by a resync (no change is hidden for good)", () => {
    for (let id = 0; id < 100; id += 1) client.offer(dag(id));
    clock.advance(60);
    client.offer(dag(1000));
    clock.advance(3000);
    expect(events().at(-1)).toEqual({ kind: "resync" });
    client.offer(dag(2000));
    clock.advance(50);
    expect(events().at(-1)).toEqual(dag(2000));
  });

  test("who does not read gets nothing more into the buffer, and a resync when the buffer has drained", () => {
    waitingBytes = 100_000;
    for (let id = 0; id < 10; id += 1) client.offer(dag(id));
    client.heartbeat();
    clock.advance(10_000);
    expect(written).toEqual([]);
    waitingBytes = 0;
    clock.advance(1000);
    expect(events()).toEqual([{ kind: "resync" }]);
  });

  test("gets nothing after the end", () => {
    client.offer(dag(1));
    client.close();
    clock.advance(1000);
    expect(written).toEqual(["end"]);
  });
});
