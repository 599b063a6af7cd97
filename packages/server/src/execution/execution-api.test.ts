import { randomUUID } from "node:crypto";
import { startedAttempt } from "@polyflow/contracts/wire";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { queueAttempt, queueTask } from "../testing/queued-attempts.ts";
import { callAttempt, registerWorker, startAttempt, type TestWorker } from "../testing/started-attempt.ts";
import { startTestServer, type TestServer, textIn, WORKER_KEY, untilAnswered } from "../testing/test-server.ts";

let kit: TestServer;
let worker: TestWorker;
beforeAll(async () => {
  kit = await startTestServer(inject("postgresUrl"));
  worker = await registerWorker(kit);
});
afterAll(() => kit.close());

const stateOf = async (runId: string, taskId: string = "extract") =>
  kit.store.runs.getTaskInstance({ dagId: "own", runId, taskId, mapIndex: -1 });

describe("workers (A13, A14)", () => {
  test("register with the worker key alone", async () => {
    const body = { name: "w", hostname: "h", pid: 1, slots: 1, queues: ["default"] };
    const register = (key?: string) => kit.send({ method: "POST", url: "/execution/v1/workers", body }, key);
    for (const key of [undefined, "", `${WORKER_KEY}x`, WORKER_KEY.slice(1), worker.token]) expect((await register(key)).status).toBe(401);
    const answer = await register(WORKER_KEY);
    expect(answer.status).toBe(200);
    expect(answer.body["heartbeatIntervalMs"]).toBe(5000);
  });

  test("calls of the same process, which come without a socket, are guarded like all others", async () => {
    const path = "/execution/v1/workers";
    const body = JSON.stringify({ name: "near", hostname: "h", pid: 1, slots: 1, queues: ["default"] });
    const register = (key: string) => {
      const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
      return untilAnswered(() => kit.server.call({ method: "POST", path, headers, body }));
    };
    expect((await register(worker.token)).status).toBe(401);
    const answer = await register(WORKER_KEY);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body.toString("utf8"))).toMatchObject({ heartbeatIntervalMs: 5000 });
  });

  test("the calls of an attempt from the same process need the same tokens, and what they bring is checked", async () => {
    const { attempts } = kit;
    const { attemptId } = await queueAttempt(kit.store);
    const other = await registerWorker(kit, "nearby");
    const claim = { sessionId: worker.sessionId, again: kit.hasFaults };
    await expect(attempts.start("none", attemptId, claim)).rejects.toMatchObject({ code: "not_authenticated" });
    await expect(attempts.start(other.token, attemptId, claim)).rejects.toMatchObject({ code: "not_allowed" });
    const started = await attempts.start(worker.token, attemptId, claim);
    expect(startedAttempt.parse(JSON.parse(JSON.stringify(started)))).toEqual(started);
    const line = { at: "2026-01-01T00:00:00.000Z", level: "info", source: "task", message: "near" } as const;
    await expect(attempts.appendLogs(worker.token, attemptId, [line])).rejects.toMatchObject({ code: "not_authenticated" });
    await expect(attempts.appendLogs(started.token, attemptId, [{ ...line, level: "loud" as "info" }])).rejects.toMatchObject({
      code: "request_invalid",
    });
    await attempts.appendLogs(started.token, attemptId, [line]);
    const outcome = { kind: "success", output: 1 } as const;
    await expect(attempts.finish(started.token, randomUUID(), outcome)).rejects.toMatchObject({ code: "not_allowed" });
    await expect(attempts.finish(started.token, attemptId, { kind: "done" } as never)).rejects.toMatchObject({ code: "request_invalid" });
    const large = { kind: "success", output: "x".repeat(33 * 1024 * 1024) } as const;
    await expect(attempts.finish(started.token, attemptId, large)).rejects.toMatchObject({ code: "request_invalid" });
    await attempts.finish(started.token, attemptId, outcome);
    await expect(attempts.finish(started.token, attemptId, outcome)).rejects.toMatchObject({ code: "attempt_superseded" });
  });

  test("heartbeats name what is no longer current; a closed session is told so", async () => {
    const one = await registerWorker(kit, "beating");
    const attempt = await startAttempt(kit, one);
    const gone = randomUUID();
    const beat = (counter: number) =>
      kit.send(
        {
          method: "POST",
          url: `/execution/v1/workers/${one.sessionId}/heartbeat`,
          body: { counter, attemptIds: [attempt.attemptId, gone] },
        },
        one.token,
      );
    expect((await beat(1)).body).toEqual({ cancel: [gone] });
    expect((await kit.send({ method: "DELETE", url: `/execution/v1/workers/${one.sessionId}` }, one.token)).status).toBe(204);
    const late = await beat(2);
    expect([late.status, late.body["code"]]).toEqual([410, "worker_lost"]);
  });

  test("a session's token is for its own session", async () => {
    const other = await registerWorker(kit, "other");
    const beat = await kit.send(
      { method: "POST", url: `/execution/v1/workers/${worker.sessionId}/heartbeat`, body: { counter: 1, attemptIds: [] } },
      other.token,
    );
    expect(beat.status).toBe(403);
    const { attemptId } = await queueAttempt(kit.store);
    const stolen = await callAttempt(kit, { attemptId, token: other.token }, "start", { sessionId: worker.sessionId });
    expect(stolen.status).toBe(403);
  });

  test("fetch bundles by hash", async () => {
    const { bundleHash } = (await startAttempt(kit, worker)).started;
    const answer = await kit.send({ url: `/execution/v1/bundles/${textIn(bundleHash)}` }, worker.token);
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toBe("text/javascript; charset=utf-8");
    expect(answer.text).toContain("export const dags");
    expect((await kit.send({ url: `/execution/v1/bundles/${"0".repeat(64)}` }, worker.token)).status).toBe(404);
  });
});

describe("attempts", () => {
  test("start with params: the DAG's defaults overlaid by the run's conf (A6)", async () => {
    const { started } = await startAttempt(kit, worker, { conf: { limit: 3, extra: true } });
    expect(startedAttempt.parse(started)).toMatchObject({
      dagId: "own",
      taskId: "extract",
      mapIndex: -1,
      tryNumber: 1,
      bundleName: "main",
      isolation: "process",
      executionTimeoutMs: null,
      params: { limit: 3, day: "2026-01-01", extra: true },
      inputs: {},
    });
  });

  test("outputs become inputs of tasks that follow, by path (A6)", async () => {
    const first = await startAttempt(kit, worker);
    const output = { rows: [{ id: 1 }], other: "left" };
    expect((await callAttempt(kit, first, "finish", { kind: "success", output })).status).toBe(204);
    const attemptId = await queueTask(kit.store, { dagId: "own", runId: first.runId, taskId: "load" });
    const second = await callAttempt(kit, { attemptId, token: worker.token }, "start", { sessionId: worker.sessionId });
    expect(second.body["inputs"]).toEqual({ rows: [{ id: 1 }] });
  });

  test("are claimed once: the second start is told that it is too late", async () => {
    const attempt = await startAttempt(kit, worker);
    const again = await callAttempt(kit, { ...attempt, token: worker.token }, "start", { sessionId: worker.sessionId });
    expect([again.status, again.body["code"]]).toEqual([409, "attempt_superseded"]);
  });

  test("an answer that the worker never heard is given once more, to the same session alone, and costs no loss (A14)", async () => {
    const attempt = await startAttempt(kit, worker);
    const again = { ...attempt, token: worker.token };
    const second = await callAttempt(kit, again, "start", { sessionId: worker.sessionId, again: true });
    expect([second.status, second.body["attemptId"], second.body["tryNumber"]]).toEqual([200, attempt.attemptId, 1]);
    const other = await registerWorker(kit, "other-claimer");
    const stolen = await callAttempt(kit, { ...attempt, token: other.token }, "start", { sessionId: other.sessionId, again: true });
    expect(stolen.body["code"]).toBe("attempt_superseded");
    await callAttempt(kit, attempt, "finish", { kind: "success" });
    const late = await callAttempt(kit, again, "start", { sessionId: worker.sessionId, again: true });
    expect(late.body["code"]).toBe("attempt_superseded");
  });

  test("finish once, with the decision of the lifecycle: success, retry, failed, skipped (A3)", async () => {
    const good = await startAttempt(kit, worker);
    expect((await callAttempt(kit, good, "finish", { kind: "success", output: null })).status).toBe(204);
    expect((await callAttempt(kit, good, "finish", { kind: "success" })).body["code"]).toBe("attempt_superseded");
    expect((await stateOf(good.runId))?.state).toBe("success");

    const bad = await startAttempt(kit, worker);
    expect((await callAttempt(kit, bad, "finish", { kind: "failed", reason: "error", message: "no such table" })).status).toBe(204);
    expect(await stateOf(bad.runId)).toMatchObject({ state: "failed", reason: "no such table" });

    const retried = await startAttempt(kit, worker, { taskId: "load" });
    expect([good, retried].map(({ started }) => started["maxTries"])).toEqual([1, 2]); // else its log would deny the try that follows
    await callAttempt(kit, retried, "finish", { kind: "failed", reason: "exit", message: "gone" });
    const waiting = await stateOf(retried.runId, "load");
    expect(waiting?.state).toBe("up_for_retry");
    expect(waiting?.nextRetryAt?.getTime()).toBeGreaterThan(Date.now() - 5000);

    const fatal = await startAttempt(kit, worker, { taskId: "load" });
    await callAttempt(kit, fatal, "finish", { kind: "failed", reason: "fatal", message: "never again" });
    expect((await stateOf(fatal.runId, "load"))?.state).toBe("failed");

    const skipped = await startAttempt(kit, worker);
    await callAttempt(kit, skipped, "finish", { kind: "skipped", reason: "nothing to do" });
    expect((await stateOf(skipped.runId))?.state).toBe("skipped");
  });

  test("a token is good for its own attempt only (CVE-2026-30911)", async () => {
    const [mine, other] = [await startAttempt(kit, worker), await startAttempt(kit, worker)];
    const stolen = { attemptId: other.attemptId, token: mine.token };
    for (const [call, body] of [
      ["finish", { kind: "success" }],
      ["logs", { lines: [] }],
      ["connections/dwh", undefined],
      ["variables/key", undefined],
    ] as const) {
      expect((await callAttempt(kit, stolen, call, body)).status, call).toBe(403);
    }
    expect((await stateOf(other.runId))?.state).toBe("running");
  });

  test("one that was cleared can neither end nor read secrets, and its late lines go to its own log", async () => {
    const first = await startAttempt(kit, worker);
    await kit.store.secrets.saveVariable({ key: "late", value: "secret", description: null });
    expect((await callAttempt(kit, first, "variables/late")).body["value"]).toBe("secret");
    await callAttempt(kit, first, "finish", { kind: "success" });
    await kit.store.runs.clearTaskInstances({ dagId: "own", runId: first.runId, taskIds: ["extract"], onlyFailed: false, dryRun: false });
    const attemptId = await queueTask(kit.store, { dagId: "own", runId: first.runId, taskId: "extract" });
    const second = await callAttempt(kit, { attemptId, token: worker.token }, "start", { sessionId: worker.sessionId });
    expect(second.body["tryNumber"]).toBe(2);
    expect((await callAttempt(kit, first, "finish", { kind: "success" })).status).toBe(409);
    expect((await callAttempt(kit, first, "variables/late")).status).toBe(409);
    const late = { at: new Date().toISOString(), level: "info", source: "task", message: "late line" };
    expect((await callAttempt(kit, first, "logs", { lines: [late] })).status).toBe(204);
    const token = await kit.tokenOf("Viewer");
    const logOf = (number: number) => kit.send({ url: `/ui/dags/own/runs/${first.runId}/tasks/extract/tries/${number}/log` }, token);
    expect((await logOf(1)).text).toContain("late line");
    expect((await logOf(2)).text).not.toContain("late line");
  });

  test("read connections and variables in clear", async () => {
    await kit.store.secrets.saveConnection(
      {
        connectionId: "dwh",
        type: "postgres",
        description: null,
        host: "db",
        port: 5432,
        login: "me",
        password: "p",
        schema: "x",
        extra: { a: 1 },
      },
      { overwrite: true },
    );
    const attempt = await startAttempt(kit, worker);
    expect((await callAttempt(kit, attempt, "connections/dwh")).body).toEqual({
      connectionId: "dwh",
      type: "postgres",
      host: "db",
      port: 5432,
      login: "me",
      password: "p",
      schema: "x",
      extra: { a: 1 },
    });
    expect((await callAttempt(kit, attempt, "connections/none")).body["code"]).toBe("connection_not_found");
    expect((await callAttempt(kit, attempt, "variables/none")).body["code"]).toBe("variable_not_found");
  });

  test("keep load reports, which the run shows (B4)", async () => {
    const attempt = await startAttempt(kit, worker);
    const rows = { read: 3, loaded: 2, rejected: 1, filtered: 0, inserted: 2, updated: 0, unchanged: 0, deleted: 0, target: 2 };
    const report = {
      flow: "airports",
      loadId: randomUUID(),
      status: "loaded",
      source: { name: "airports", file: "airports.csv", sha256: "0".repeat(64), bytes: 10 },
      target: { connection: "dwh", schema: "public", table: "airports" },
      rows,
      rejects: [{ row: 2, column: "iata", value: null, reason: "is missing" }],
      rules: [{ name: "unique", metric: "duplicateValues", severity: "error", status: "passed", expected: "0", actual: 0, unit: "rows" }],
      durationsMs: { stage: 1 },
      startedAt: "2026-01-01T00:00:00.000Z",
      finishedAt: "2026-01-01T00:00:01.000Z",
    };
    expect((await callAttempt(kit, attempt, "load-reports", report)).status).toBe(204);
    expect((await callAttempt(kit, attempt, "load-reports", { ...report, rows: {} })).status).toBe(422);
    const shown = await kit.send({ url: `/ui/dags/own/runs/${attempt.runId}/loads` }, await kit.tokenOf("Viewer"));
    expect(shown.body["loads"]).toEqual([{ task_id: "extract", map_index: -1, try_number: 1, report }]);
  });

  test("keep rendered fields, which the task instance shows to those who may read it (A6)", async () => {
    const attempt = await startAttempt(kit, worker);
    expect((await callAttempt(kit, attempt, "rendered-fields", { fields: { command: "echo 1", rows: [1, null] } })).status).toBe(204);
    expect((await callAttempt(kit, attempt, "rendered-fields", { fields: "echo" })).status).toBe(422);
    const url = `/api/v2/dags/own/dagRuns/${attempt.runId}/taskInstances`;
    const shown = await kit.send({ url: `${url}/extract` }, await kit.tokenOf("Viewer"));
    expect(shown.body["rendered_fields"]).toEqual({ command: "echo 1", rows: [1, null] });
  });

  test("ids that are no UUIDs and bodies of the wrong shape are refused before anything is asked", async () => {
    const attempt = await startAttempt(kit, worker);
    expect((await callAttempt(kit, attempt, "finish", { kind: "won" })).status).toBe(422);
    expect((await callAttempt(kit, attempt, "logs", { lines: [{ message: "x" }] })).status).toBe(422);
    expect((await kit.send({ url: "/execution/v1/bundles/..%2f..%2fetc%2fpasswd" }, worker.token)).status).toBe(422);
    expect(kit.loggedErrors).toEqual([]);
  });
});
