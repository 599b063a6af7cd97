import { afterEach, describe, expect, test, vi } from "vitest";
import { readFileSync } from "node:fs";
import { ExecutionApiDouble, type ApiWait } from "../testing/execution-api-double.ts";
import { startTestWorker, type TestWorker } from "../testing/test-worker.ts";
import type { WaitTrigger } from "@polyflow/contracts/wire";

vi.setConfig({ testTimeout: 60_000 });

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function startWorker(): Promise<TestWorker> {
  const worker = await startTestWorker();
  closing.push(() => worker.close());
  return worker;
}

/** A DAG whose task looks with this code; `state` and `ctx` are at hand. */
const watching = (look: string): string => `// polyflow bundle of dags/test.ts
import { dag, operator, sensor } from "@polyflow/sdk";
let looks = 0;
dag("dag", () => { operator({ name: "wait", options: { id: "task" }, execute: () => {}, watch: async (state, ctx) => { looks += 1; ${look} } }); });
`;
const every = (everyMs: number): WaitTrigger => ({ kind: "poke", everyMs, backoff: false });

function addWait(api: ExecutionApiDouble, look: string, trigger: WaitTrigger = every(20), state?: { n: number }): ApiWait {
  const attempt = api.queue({ taskId: "task", bundleHash: api.addBundle(watching(look)) });
  return api.defer(attempt, trigger, state);
}

describe("the triggerer of a worker (A5)", () => {
  test("looks in its rhythm until something is there, with state, connections and log of the task", async () => {
    const worker = await startWorker();
    worker.api.variables.set("ready", "yes");
    const wait = addWait(
      worker.api,
      `ctx.log.info("look " + looks); return looks < 3 ? false : { done: true, value: { n: state.n, ready: await ctx.variable("ready") } };`,
      every(20),
      { n: 7 },
    );
    await worker.api.until(() => wait.event !== undefined, "the event");
    expect(wait.event).toEqual({ value: { n: 7, ready: "yes" } });
    expect(wait.attempt.lines.map((line) => line.message)).toEqual(["look 1", "look 2", "look 3"]);
  });

  test("what a look throws ends its wait alone, as the task would have ended", async () => {
    const worker = await startWorker();
    const bad = addWait(worker.api, `throw new Error("no such host");`);
    const good = addWait(worker.api, `return looks > 5;`);
    await worker.api.until(() => bad.event !== undefined && good.event !== undefined, "both events");
    expect(bad.event).toMatchObject({ outcome: { kind: "failed", reason: "error", message: "no such host" } });
    expect(good.event).toEqual({});
  });

  test("5,000 waits live in one process, and each fires once", async () => {
    const worker = await startWorker();
    const bundleHash = worker.api.addBundle(
      watching(
        `globalThis.go ??= { from: Date.now() + 2000 }; return Date.now() > globalThis.go.from && { done: true, value: process.pid };`,
      ),
    );
    const began = performance.now();
    const waits = Array.from({ length: 5_000 }, () => worker.api.defer(worker.api.queue({ taskId: "task", bundleHash }), every(500)));
    await worker.api.until(
      () => worker.supervisor.watchedWaits === 5_000 || waits.some((wait) => wait.event !== undefined),
      "all watched",
      30_000,
    );
    const taken = performance.now() - began;
    await worker.api.until(() => waits.every((wait) => wait.event !== undefined), "all fired", 30_000);
    const pids = new Set(waits.map((wait) => (wait.event !== undefined && "value" in wait.event ? wait.event.value : undefined)));
    expect(pids.size).toBe(1);
    const [pid] = pids;
    const rss = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${String(pid)}/status`, "utf8"))?.[1];
    console.info(`5,000 waits: taken in ${Math.round(taken)} ms, process at most ${Math.round(Number(rss) / 1024)} MB`);
  });

  test("a look that ends the process is found and fails its own task; the others go on", async () => {
    const worker = await startWorker();
    const good = addWait(worker.api, `return looks > 100;`);
    const deadly = addWait(worker.api, `process.exit(3);`, every(30));
    await worker.api.until(() => deadly.event !== undefined, "the end of the deadly one", 30_000);
    expect(deadly.event).toMatchObject({
      outcome: { kind: "failed", message: expect.stringContaining("ended the process of the triggerer") },
    });
    await worker.api.until(() => good.event !== undefined, "the end of the good one", 30_000);
    expect(good.event).toEqual({});
  });

  test("a killed worker's waits are taken over by the next", async () => {
    const api = new ExecutionApiDouble();
    await api.listen();
    closing.push(() => api.close());
    const first = await startTestWorker({}, api);
    const wait = addWait(api, `return ctx.params.open === true;`, every(20));
    await api.until(() => first.supervisor.watchedWaits === 1, "the first watches");
    await first.close();
    wait.attempt.answer.params["open"] = true;
    const second = await startTestWorker({ name: "second" }, api);
    closing.push(() => second.close());
    await api.until(() => wait.event !== undefined, "the second fires it");
    expect(wait.event).toEqual({});
  });
});
