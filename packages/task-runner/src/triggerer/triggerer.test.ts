import { afterEach, describe, expect, test, vi } from "vitest";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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

  test("5,000 waits live in one process that is killed in mid-wait: none is lost, each fires once, those that time out not at all", async () => {
    const worker = await startWorker();
    const { api } = worker;
    // The first process finds nothing; each wait ends at its first look of the second, with what it was given.
    const bundleHash = api.addBundle(
      watching(`const fs = await import("node:fs");
        if (globalThis.isFirst === undefined) { globalThis.isFirst = fs.readFileSync(state.file, "utf8") === ""; fs.appendFileSync(state.file, process.pid + "\\n"); }
        return !globalThis.isFirst && { done: true, value: { n: state.n, taskId: ctx.taskId, mapIndex: ctx.mapIndex, run: ctx.runId, pid: process.pid } };`),
    );
    const file = join(worker.dir, "pids");
    writeFileSync(file, "");
    const pids = (): readonly number[] => readFileSync(file, "utf8").split("\n").filter(Boolean).map(Number);
    const waits = Array.from({ length: 5_000 }, (_, n) => {
      const attempt = api.queue({ taskId: "task", bundleHash, mapIndex: n, runId: `run ${n % 3}` });
      return api.defer(attempt, every(500), { n, file });
    });
    await api.until(() => worker.supervisor.watchedWaits === 5_000 && pids().length === 1, "all watched", 30_000);
    const timedOut = waits.slice(0, 100);
    for (const wait of timedOut) api.waits.delete(wait.id);
    process.kill(pids()[0] ?? 0, "SIGKILL");
    const others = waits.slice(100);
    await api.until(() => others.every((wait) => wait.event !== undefined), "all fired", 50_000);
    for (const [index, wait] of others.entries()) {
      const n = index + 100;
      expect(wait.event).toEqual({ value: { n, taskId: "task", mapIndex: n, run: `run ${n % 3}`, pid: pids()[1] } });
    }
    expect(pids()).toHaveLength(2);
    expect(api.fires.toSorted()).toEqual(others.map(({ id }) => id).toSorted());
    await api.until(() => worker.supervisor.watchedWaits === 0, "nothing left to watch");
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
