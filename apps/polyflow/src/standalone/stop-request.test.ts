import type { Clock } from "@polyflow/service-kit";
import { afterEach, expect, test } from "vitest";
import { type StopRequest, stopRequest } from "./stop-request.ts";

let now = 0;
const clock: Clock = { now: () => now, monotonicMs: () => now, schedule: () => () => undefined };
let request: StopRequest | undefined;
afterEach(() => request?.dispose());

test("A1: one Ctrl-C that arrives twice, from the terminal and through npm, does not force", async () => {
  now = 1000;
  request = stopRequest(clock);
  process.emit("SIGINT", "SIGINT");
  now += 20;
  process.emit("SIGINT", "SIGINT");
  expect(await request.requested).toBe("SIGINT");
  expect(request.forced.aborted).toBe(false);
});

test("A1: a second Ctrl-C of an impatient user forces", () => {
  now = 1000;
  request = stopRequest(clock);
  process.emit("SIGINT", "SIGINT");
  now += 2000;
  process.emit("SIGINT", "SIGINT");
  expect(request.forced.aborted).toBe(true);
});
