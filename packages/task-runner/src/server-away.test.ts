import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ApiAttempt } from "./testing/execution-api-double.ts";
import { bundleOf, startTestWorker, workloadOf } from "./testing/test-worker.ts";
import type { TestWorker } from "./testing/test-worker.ts";

// real processes on a machine that may be busy
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let worker: TestWorker;
beforeEach(async () => {
  worker = await startTestWorker();
});
afterEach(() => worker.close());

function queue(body: string): ApiAttempt {
  return worker.api.queue({ taskId: "task", bundleHash: worker.api.addBundle(bundleOf(body)) });
}

function spooled(): readonly string[] {
  return readdirSync(join(worker.dir, "run/outcomes"));
}

const WAIT = `console.log("busy"); await new Promise((resolve) => setTimeout(resolve, 400)); return 1;`;
const FOREVER = `console.log("busy"); await new Promise(() => setInterval(() => {}, 1000));`;

describe("F27: the server is away", () => {
  test("an outcome waits on disk, for its owner's eyes only, and is delivered when the server is back; the slot is free meanwhile", async () => {
    const attempt = queue(WAIT);
    const ended = worker.run(attempt);
    await worker.api.until(() => attempt.lines.some((line) => line.message === "busy"), "the start");
    await worker.api.close();
    await ended;
    const [file = ""] = spooled();
    expect(statSync(join(worker.dir, "run/outcomes", file)).mode & 0o777).toBe(0o600);
    await worker.api.listen();
    await worker.api.until(() => attempt.state === "finished", "the delivery");
    expect(attempt.outcome).toEqual({ kind: "success", output: 1 });
    await worker.api.until(() => spooled().length === 0, "the end of the file");
    await worker.api.until(() => attempt.lines.length === 3, "its log");
  });

  test("while an outcome waits, heartbeats still name its attempt, so that it is not taken for lost (Airflow #7925 ran two)", async () => {
    worker.api.unavailable = (call) => call === "POST attempts finish";
    const attempt = queue("return 1;");
    await worker.run(attempt);
    worker.api.supersede(attempt);
    expect(spooled()).toHaveLength(1);
    worker.api.unavailable = () => false;
    await worker.api.until(() => spooled().length === 0, "the refusal");
    expect(attempt.outcome).toBeUndefined();
  });

  test("what was claimed for the worker runs, and not once more while its outcome waits", async () => {
    worker.api.unavailable = (call) => call === "POST attempts finish";
    const attempt = queue(`console.log("ran"); return 1;`);
    attempt.state = "running";
    attempt.sessionId = worker.supervisor.sessionId;
    const claimed = { ...workloadOf(attempt), isClaimed: true };
    await worker.supervisor.run(claimed);
    expect(spooled()).toHaveLength(1);
    await worker.supervisor.run(claimed);
    worker.api.unavailable = () => false;
    await worker.api.until(() => attempt.state === "finished", "the delivery");
    await worker.supervisor.run(claimed);
    await worker.api.until(() => attempt.lines.length >= 3, "its log");
    expect(attempt.lines.filter((line) => line.message === "ran")).toHaveLength(1);
  });

  test("an outcome does not wait for log lines that cannot be stored (Airflow's MWAA images PR 609: full disks)", async () => {
    worker.api.unavailable = (call) => call === "POST attempts logs";
    const attempt = queue(`for (let n = 0; n < 1_000; n += 1) console.log("line " + n); return 1;`);
    await worker.run(attempt);
    expect(attempt.outcome).toEqual({ kind: "success", output: 1 });
    expect(attempt.lines).toEqual([]);
    worker.api.unavailable = () => false;
    await worker.api.until(() => attempt.lines.some((line) => line.message === "line 999"), "the lines");
  });

  test("an outcome that is no longer wanted is dropped at once", async () => {
    // no heartbeat can answer, so the refusal of the report is all that tells
    worker.api.unavailable = (call) => call === "POST workers heartbeat";
    const attempt = queue(WAIT);
    const ended = worker.run(attempt);
    await worker.api.until(() => attempt.lines.some((line) => line.message === "busy"), "the start");
    worker.api.supersede(attempt);
    await ended;
    expect(worker.api.calls).toContain("POST attempts finish");
    expect(spooled()).toEqual([]);
    expect(attempt.outcome).toBeUndefined();
  });

  test("a task waits for a connection until the server is back", async () => {
    worker.api.variables.set("region", "north");
    worker.api.unavailable = (call) => call === "GET attempts variables";
    const attempt = queue(`return ctx.variable("region");`);
    const ended = worker.run(attempt);
    await worker.api.until(() => worker.api.calls.filter((call) => call === "GET attempts variables").length >= 2, "a second try");
    worker.api.unavailable = () => false;
    await ended;
    expect(attempt.outcome).toEqual({ kind: "success", output: "north" });
  });

  test("an offer is claimed as soon as the server is back", async () => {
    await worker.api.close();
    const attempt = queue("return 1;");
    const ended = worker.run(attempt);
    await worker.api.listen();
    await ended;
    expect(attempt.outcome).toEqual({ kind: "success", output: 1 });
  });
});

describe("the session", () => {
  test("a closed session kills its attempts, which are lost, and the worker registers anew", async () => {
    const attempt = queue(FOREVER);
    const ended = worker.run(attempt);
    await worker.api.until(() => attempt.lines.some((line) => line.message === "busy"), "the start");
    worker.api.closeSessions();
    await ended;
    expect(attempt.outcome).toBeUndefined();
    await worker.api.until(() => worker.api.sessionCount === 1, "a new session");
    const next = queue("return 1;");
    await worker.run(next);
    expect(next.outcome).toEqual({ kind: "success", output: 1 });
  });

  test("a claim that finds the session closed opens a new one and claims with that", async () => {
    worker.api.heartbeatIntervalMs = 60_000;
    worker.api.closeSessions();
    const attempt = queue("return 1;");
    await worker.run(attempt);
    expect(attempt.outcome).toEqual({ kind: "success", output: 1 });
    expect(worker.api.sessionCount).toBe(1);
  });

  test("stop lets attempts end for the grace period, kills the others and signs off", async () => {
    const short = queue(`console.log("busy"); await new Promise((resolve) => setTimeout(resolve, 500)); return "done";`);
    const endless = queue(FOREVER);
    const runs = [short, endless].map((attempt) => worker.run(attempt));
    const isBusy = (attempt: ApiAttempt): boolean => attempt.lines.some((line) => line.message === "busy");
    await worker.api.until(() => isBusy(short) && isBusy(endless), "both");
    await worker.supervisor.stop(2_000);
    await Promise.all(runs);
    expect(short.outcome).toEqual({ kind: "success", output: "done" });
    expect(endless.outcome).toBeUndefined();
    expect(worker.api.sessionCount).toBe(0);
    const late = queue("return 1;");
    await worker.supervisor.run(workloadOf(late));
    expect(late.state).toBe("queued");
  });

  test("a second stop ends the waiting of the first one, and both resolve when nothing runs any more", async () => {
    const attempt = queue(FOREVER);
    const ended = worker.run(attempt);
    await worker.api.until(() => attempt.lines.some((line) => line.message === "busy"), "the start");
    const begun = performance.now();
    await Promise.all([worker.supervisor.stop(60_000), worker.supervisor.stop(0)]);
    await ended;
    expect(performance.now() - begun).toBeLessThan(20_000);
    expect(worker.api.sessionCount).toBe(0);
    expect(worker.supervisor.runningAttempts).toBe(0);
  });

  test("a wrong worker key is an error at the start and leaves nothing running", async () => {
    await expect(startTestWorker({ workerKey: "wrong" }, worker.api)).rejects.toMatchObject({ code: "not_authenticated" });
  });
});
