import type { CallbackSpec } from "@polyflow/contracts";
import { MAX_CALLBACK_LOSSES, RUN_CALLBACK_CAUSES, TASK_CALLBACK_CAUSES } from "@polyflow/lifecycle";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { queueAttempt, queueTask } from "../testing/queued-attempts.ts";
import { callAttempt, registerWorker, startAttempt, type TestWorker } from "../testing/started-attempt.ts";
import { testFile, testSpec, testTask } from "../testing/test-dags.ts";
import { startTestServer, type TestJson, type TestServer, textIn } from "../testing/test-server.ts";

let kit: TestServer;
const called = (name: string, retries = 0): CallbackSpec => ({ name, retries, retryDelayMs: 0, timeoutMs: 60_000 });

beforeAll(async () => {
  kit = await startTestServer(inject("postgresUrl"));
  const callbacks = {
    execute: [called("begin")],
    success: [called("celebrate")],
    failure: [called("tell", 1), called("page")],
    retry: [called("again")],
    skipped: [called("skip")],
  };
  await kit.store.dags.publishParsedFile(
    testFile("calling.ts", [
      testSpec("calling", {
        tasks: [testTask("work", { callbacks, retries: 1 }), testTask("quiet")],
        callbacks: { success: [called("run ended")], failure: [called("run failed")] },
      }),
    ]),
  );
});
afterAll(() => kit.close());

const take = async (worker: TestWorker, attemptIds: readonly string[] = [], capacity = 100): Promise<readonly TestJson[]> => {
  const answer = await kit.send(
    { method: "POST", url: `/execution/v1/workers/${worker.sessionId}/callbacks`, body: { attemptIds, capacity } },
    worker.token,
  );
  if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.text}`);
  return answer.body["run"] as unknown as readonly TestJson[];
};
const namesOf = (taken: readonly TestJson[]): readonly string[] => taken.map((one) => textIn(one["callback"]?.["name"])).sort();
const attemptOf = (one: TestJson | undefined) => ({
  attemptId: textIn(one?.["attempt"]?.["attemptId"]),
  token: textIn(one?.["attempt"]?.["token"]),
});
const listOf = async (runId: string) => (await kit.store.callbacks.list({ dagId: "calling", runId, limit: 100, offset: 0 })).rows;
const finishAll = async (taken: readonly TestJson[]): Promise<void> => {
  for (const one of taken) await callAttempt(kit, attemptOf(one), "finish", { kind: "success" });
};

describe("callbacks (A3, A11)", () => {
  test("the database calls what the decisions say", async () => {
    const rows = await kit.database.execute("select subject, from_state, to_state, kind from polyflow.callback_cause");
    const wanted = [
      ...TASK_CALLBACK_CAUSES.map(({ from, to, kind }) => ({ subject: "task", from_state: from, to_state: to, kind })),
      ...RUN_CALLBACK_CAUSES.map(({ from, to, kind }) => ({ subject: "run", from_state: from, to_state: to, kind })),
    ];
    const texts = (list: readonly object[]): readonly string[] => list.map((row) => Object.values(row).join(" ")).sort();
    expect(texts(rows)).toEqual(texts(wanted));
  });

  test("come about with the change of state, are given to one worker, and end without touching the task", async () => {
    const worker = await registerWorker(kit, "calls");
    const task = await startAttempt(kit, worker, { dagId: "calling", taskId: "work" });
    expect(task.started["hasCallbacks"]).toBe(true);
    const begun = await take(worker);
    expect(begun).toMatchObject([{ callback: { kind: "execute", name: "begin", taskId: "work", tryNumber: 1, state: "running" } }]);
    await finishAll(begun);
    await callAttempt(kit, task, "finish", { kind: "failed", reason: "error", message: "disk full" });
    const [again] = await take(worker);
    expect(again).toMatchObject({
      attempt: { dagId: "calling", runId: task.runId, tryNumber: 1, maxTries: 1, executionTimeoutMs: 60_000 },
      callback: { kind: "retry", name: "again", state: "up_for_retry", error: "disk full", maxTries: 2 },
    });
    await finishAll([again as TestJson]);
    const attemptId = await queueTask(kit.store, { dagId: "calling", runId: task.runId, taskId: "work" });
    const second = await callAttempt(kit, { attemptId, token: worker.token }, "start", { sessionId: worker.sessionId });
    await callAttempt(kit, { attemptId, token: textIn(second.body["token"]) }, "finish", {
      kind: "failed",
      reason: "fatal",
      message: "gone",
    });
    const failures = await take(worker);
    expect(namesOf(failures)).toEqual(["begin", "page", "tell"]);
    expect(
      await take(
        worker,
        failures.map((one) => attemptOf(one).attemptId),
      ),
    ).toEqual([]);
    const tell = failures.find((one) => textIn(one["callback"]?.["name"]) === "tell");
    await kit.store.secrets.saveVariable({ key: "room", value: "42", description: null });
    expect((await callAttempt(kit, attemptOf(tell), "variables/room")).body).toMatchObject({ value: "42" });
    const line = { at: "2026-01-01T00:00:00.000Z", level: "info", source: "task", message: "told" };
    expect((await callAttempt(kit, attemptOf(tell), "logs", { lines: [line] })).status).toBe(204);
    expect((await callAttempt(kit, attemptOf(tell), "finish", { kind: "failed", reason: "error", message: "no route" })).status).toBe(204);
    expect((await callAttempt(kit, attemptOf(tell), "finish", { kind: "success" })).status).toBe(409);
    expect((await callAttempt(kit, attemptOf(tell), "variables/room")).status).toBe(409);
    const [retried] = await take(
      worker,
      failures.map((one) => attemptOf(one).attemptId),
    );
    expect(retried).toMatchObject({ attempt: { tryNumber: 2 }, callback: { name: "tell" } });
    await callAttempt(kit, attemptOf(retried), "finish", { kind: "failed", reason: "error", message: "still no route" });
    expect((await listOf(task.runId)).find(({ name }) => name === "tell")).toMatchObject({
      state: "failed",
      attempts: 2,
      reason: "still no route",
      error: "gone",
    });
    const instance = await kit.store.runs.getTaskInstance({ dagId: "calling", runId: task.runId, taskId: "work", mapIndex: -1 });
    expect(instance).toMatchObject({ state: "failed", reason: "gone" });
    await finishAll(failures.filter((one) => textIn(one["callback"]?.["name"]) !== "tell"));
  });

  test("of skipped tasks, marked tasks and ended runs; a task without any has none, a correction calls nothing", async () => {
    const worker = await registerWorker(kit, "calls");
    const skipped = await startAttempt(kit, worker, { dagId: "calling", taskId: "work" });
    await callAttempt(kit, skipped, "finish", { kind: "skipped", reason: "nothing new" });
    expect(namesOf(await take(worker))).toEqual(["begin", "skip"]);
    const quiet = await startAttempt(kit, worker, { dagId: "calling", taskId: "quiet" });
    expect(quiet.started["hasCallbacks"]).toBeUndefined();
    await callAttempt(kit, quiet, "finish", { kind: "failed", reason: "fatal", message: "x" });
    await kit.store.runs.markRun("calling", quiet.runId, "failed");
    expect((await listOf(quiet.runId)).map(({ name, kind, causeState }) => [name, kind, causeState])).toEqual([
      ["run failed", "failure", "failed"],
    ]);
    const [ofRun] = (await take(worker)).filter((one) => one["callback"]?.["taskId"] == null);
    expect(ofRun).toMatchObject({ callback: { failedTasks: ["quiet"], state: "failed", runState: "failed" }, attempt: { taskId: "" } });
    await kit.store.runs.markRun("calling", quiet.runId, "success");
    expect(await listOf(quiet.runId)).toHaveLength(1);
  });

  test("F15, I15: those of a killed worker are given out again, a bounded number of times, and its late reports are refused", async () => {
    const { attemptId, runId } = await queueAttempt(kit.store, { dagId: "calling", taskId: "work" });
    let worker = await registerWorker(kit, "dies");
    const started = await callAttempt(kit, { attemptId, token: worker.token }, "start", { sessionId: worker.sessionId });
    expect(started.status).toBe(200);
    let [last] = (await take(worker)).filter((one) => textIn(one["attempt"]?.["runId"]) === runId);
    for (let loss = 1; loss <= MAX_CALLBACK_LOSSES; loss += 1) {
      const former = attemptOf(last);
      // a name is held by one process: the former one is gone
      worker = await registerWorker(kit, "dies");
      [last] = (await take(worker)).filter((one) => textIn(one["attempt"]?.["runId"]) === runId);
      expect(last).toMatchObject({ attempt: { tryNumber: loss + 1 } });
      expect((await callAttempt(kit, former, "finish", { kind: "success" })).status).toBe(409);
    }
    worker = await registerWorker(kit, "dies");
    await take(worker);
    expect((await listOf(runId)).find(({ name }) => name === "begin")).toMatchObject({
      state: "failed",
      reason: expect.stringContaining("lost with its worker 4 times"),
    });
  });

  test("one that was given in an answer nobody heard is given again; a heartbeat cancels what is not current", async () => {
    const worker = await registerWorker(kit, "deaf");
    const task = await startAttempt(kit, worker, { dagId: "calling", taskId: "work" });
    const ofRun = (taken: readonly TestJson[]) => taken.filter((one) => textIn(one["attempt"]?.["runId"]) === task.runId);
    const [lost] = ofRun(await take(worker));
    const [again] = ofRun(await take(worker));
    expect(attemptOf(again).attemptId).not.toBe(attemptOf(lost).attemptId);
    const attemptIds = [attemptOf(lost).attemptId, attemptOf(again).attemptId];
    const beat = await kit.send(
      { method: "POST", url: `/execution/v1/workers/${worker.sessionId}/heartbeat`, body: { counter: 1, attemptIds } },
      worker.token,
    );
    expect(beat.body["cancel"]).toEqual([attemptOf(lost).attemptId]);
  });

  test("REST: lists them with filters, shows log and error, calls a failed one once more; foreign ones are not there", async () => {
    const [admin, viewer] = [
      await kit.tokenOf("Admin"),
      await kit.tokenWith((["DAGs", "Task Instances"] as const).map((resource) => ({ action: "read", resource, dagId: "own" }))),
    ];
    const listed = await kit.send({ url: "/api/v2/callbacks?dag_id=calling&state=failed&task_id=work" }, admin);
    const tell = (listed.body["callbacks"] as unknown as readonly TestJson[]).find((one) => textIn(one["name"]) === "tell");
    expect(tell).toMatchObject({ kind: "failure", cause_state: "failed", cause_reason: "gone", attempts: 2, error: "still no route" });
    const url = `/api/v2/dags/calling/dagRuns/${textIn(tell?.["dag_run_id"])}/callbacks/${textIn(tell?.["id"])}`;
    expect((await kit.send({ url: `${url}/logs/1` }, admin)).body).toMatchObject({
      content: [{ event: "told", level: "info" }],
      continuation_token: null,
    });
    expect((await kit.send({ url: url.replace("calling", "own") }, admin)).status).toBe(404);
    expect((await kit.send({ url: "/api/v2/callbacks" }, viewer)).body).toEqual({ callbacks: [], total_entries: 0 });
    expect((await kit.send({ method: "POST", url: `${url}/retry` }, viewer)).status).toBe(403);
    expect((await kit.send({ method: "POST", url: `${url}/retry` }, admin)).body).toMatchObject({ state: "scheduled" });
    expect((await kit.send({ method: "POST", url: `${url}/retry` }, admin)).body["code"]).toBe("transition_refused");
  });
});

describe("dead letters (A14, I15)", () => {
  test("are the tasks that were lost too often, with the reason; cleared, they begin anew", async () => {
    const admin = await kit.tokenOf("Admin");
    const worker = await registerWorker(kit, "lossy");
    const task = await startAttempt(kit, worker, { dagId: "own", taskId: "extract" });
    const term = await kit.store.scheduler.acquireLease("scheduler", "test", 3_600_000);
    await kit.database.execute("update polyflow.task_instance set losses = 3 where attempt_id = $1", [task.attemptId]);
    await registerWorker(kit, "lossy");
    const lost = (await kit.store.scheduler.listLostAttempts(100)).find(({ runId }) => runId === task.runId);
    if (term === undefined || lost === undefined) throw new Error("nothing was lost");
    await kit.store.scheduler.resolveLostAttempt(term, lost, "failed", "its worker was lost for the 4th time");
    const dead = async () => (await kit.send({ url: "/api/v2/deadLetters?dag_id=own" }, admin)).body;
    expect(await dead()).toMatchObject({
      total_entries: 1,
      dead_letters: [{ dag_run_id: task.runId, task_id: "extract", losses: 4, reason: "its worker was lost for the 4th time" }],
    });
    const body = { dag_run_id: task.runId, task_ids: ["extract"], dry_run: false, only_failed: false };
    expect((await kit.send({ method: "POST", url: "/api/v2/dags/own/clearTaskInstances", body }, admin)).status).toBe(200);
    expect(await dead()).toMatchObject({ total_entries: 0 });
  });
});
