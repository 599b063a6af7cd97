import { afterEach, describe, expect, test, vi } from "vitest";
import type { CallbackOrder } from "@polyflow/contracts/wire";
import { type ApiAttempt, ExecutionApiDouble } from "../testing/execution-api-double.ts";
import { startTestWorker, type TestWorker, workloadOf } from "../testing/test-worker.ts";

vi.setConfig({ testTimeout: 60_000 });

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function startWorker(options: Parameters<typeof startTestWorker>[0] = {}): Promise<TestWorker> {
  const worker = await startTestWorker({ callbackPollMs: 20, ...options });
  closing.push(() => worker.close());
  return worker;
}

/** A DAG whose callbacks have this body; `ctx` is at hand. */
const calling = (body: string): string => `// polyflow bundle of dags/test.ts
import { dag, task, callback } from "@polyflow/sdk";
const tell = async (ctx) => { ${body} };
const run = task({ id: "task", onFailure: [tell, callback({ name: "other" }, tell)], onSuccess: tell }, async () => {});
dag({ id: "dag", onFailure: tell, deadlines: [{ name: "soon", onMiss: tell }] }, () => { run(); });
`;

function addCallback(api: ExecutionApiDouble, body: string, order: Partial<CallbackOrder> = {}, timeoutMs = 30_000): ApiAttempt {
  const attempt = api.queue({ taskId: order.taskId ?? "task", bundleHash: api.addBundle(calling(body)), executionTimeoutMs: timeoutMs });
  api.addCallback(attempt, order);
  return attempt;
}

const ended = (api: ExecutionApiDouble, attempt: ApiAttempt): Promise<void> =>
  api.until(
    () => attempt.outcome !== undefined && attempt.lines.some((line) => /^(?:Succeeded|Failed)/.test(line.message)),
    "the end of the callback",
    50_000,
  );

const messages = (attempt: ApiAttempt): readonly string[] => attempt.lines.map(({ message }) => message);

describe("callbacks of a worker (A3, A11)", () => {
  test("get what happened and the means of a task; their log says what they are", async () => {
    const worker = await startWorker();
    worker.api.variables.set("channel", "night");
    const attempt = addCallback(
      worker.api,
      `ctx.log.info(JSON.stringify([ctx.event, ctx.dagId, ctx.runId, ctx.taskId, ctx.state, ctx.error, ctx.tryNumber, ctx.maxTries]));
       ctx.log.info(await ctx.render("{{ dag.dag_id }}/{{ task_id }} {{ state }}: {{ error }} to {{ var.value.channel }}"));`,
    );
    await ended(worker.api, attempt);
    expect(attempt.outcome).toEqual({ kind: "success" });
    expect(messages(attempt)).toEqual([
      'Callback "tell", since task "task" (try 2) became failed: attempt 1 of 3 started on host test-host.',
      '["failure","dag","run","task","failed","no space left",2,2]',
      "dag/task failed: no space left to night",
      expect.stringMatching(/^Succeeded in/),
    ]);
    expect(worker.supervisor.runningAttempts).toBe(0);
  });

  test("of runs and deadlines find their own functions", async () => {
    const worker = await startWorker();
    const body = `ctx.log.info([ctx.event, ctx.taskId, ctx.failedTasks.join("+"), ctx.deadline?.name, ctx.deadline?.dueAt.toISOString()].join("|"));`;
    const run = addCallback(worker.api, body, { taskId: null, tryNumber: 0, failedTasks: ["a", "b"] });
    const dueAt = "2026-01-01T00:00:00.000Z";
    const late = addCallback(worker.api, body, { kind: "deadline", taskId: null, deadline: { name: "soon", dueAt } });
    await ended(worker.api, run);
    await ended(worker.api, late);
    expect(messages(run)).toContain("failure||a+b||");
    expect(messages(late)).toContain(`deadline|||soon|${dueAt}`);
  });

  test("that throw, hang, end their process or are gone fail by themselves; masked as tasks are", async () => {
    const worker = await startWorker();
    worker.api.variables.set("api_token", "very-secret");
    const throws = addCallback(worker.api, `throw new Error("refused " + await ctx.variable("api_token"));`);
    const hangs = addCallback(worker.api, `await new Promise((resolve) => setTimeout(resolve, 3_600_000));`, {}, 500);
    const exits = addCallback(worker.api, `process.exit(3);`);
    const gone = addCallback(worker.api, "", { function: 7 });
    for (const attempt of [throws, hangs, exits, gone]) await ended(worker.api, attempt);
    expect(throws.outcome).toMatchObject({ kind: "failed", reason: "error", message: "refused ***" });
    expect(hangs.outcome).toMatchObject({ kind: "failed", reason: "timeout" });
    expect(exits.outcome).toMatchObject({ kind: "failed", reason: "exit" });
    expect(gone.outcome).toMatchObject({ kind: "failed", message: expect.stringContaining("no function 8 of onFailure") });
  });

  test("are taken at once when a task that has some ends here", async () => {
    const worker = await startWorker({ callbackPollMs: 3_600_000 });
    const bundleHash = worker.api.addBundle(calling(`ctx.log.info("called");`));
    await worker.api.until(() => worker.api.calls.includes("POST workers callbacks"), "the first question");
    const task = worker.api.queue({ taskId: "task", bundleHash, hasCallbacks: true });
    const callback = worker.api.queue({ taskId: "task", bundleHash });
    worker.api.addCallback(callback, { kind: "success" });
    await worker.supervisor.run(workloadOf(task));
    await ended(worker.api, callback);
    expect(messages(callback)).toContain("called");
  });

  test("of a worker that is gone are run by the next; one at a time where there is one place", async () => {
    const api = new ExecutionApiDouble();
    await api.listen();
    closing.push(() => api.close());
    const first = await startTestWorker({ callbackPollMs: 20 }, api);
    const attempt = addCallback(api, `ctx.log.info("begun"); await ctx.sleep(ctx.runState === "running" ? "1h" : "1ms");`);
    await api.until(() => messages(attempt).includes("begun"), "the callback runs", 50_000);
    await first.close();
    expect(attempt.outcome).toBeUndefined();
    const order = api.callbacks[0];
    api.callbacks.splice(0, 1, { attempt, order: { ...(order?.order as CallbackOrder), runState: "failed" } });
    const next = addCallback(api, `ctx.log.info("next");`);
    const second = await startTestWorker({ name: "second", callbackPollMs: 20, callbackSlots: 1 }, api);
    closing.push(() => second.close());
    await ended(api, attempt);
    await ended(api, next);
    expect(messages(attempt).filter((message) => message === "begun")).toHaveLength(2);
  });
});
