import { type AttemptId, brand, type WorkerSessionId } from "@polyflow/contracts";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { callAttempt, registerWorker, startAttempt, type TestAttempt, type TestWorker } from "../testing/started-attempt.ts";
import { leaderTerm, queueTask } from "../testing/queued-attempts.ts";
import { startTestServer, type TestServer, textIn } from "../testing/test-server.ts";

let kit: TestServer;
let worker: TestWorker;
beforeAll(async () => {
  kit = await startTestServer(inject("postgresUrl"));
  worker = await registerWorker(kit);
});
afterAll(() => kit.close());

const trigger = (attempt: TestAttempt, body: object) => callAttempt(kit, attempt, "dag-runs", body);

describe("runs of other DAGs, for attempts (A4, A5)", () => {
  test("start with checked conf, once per id; an existing one is refused, taken or cleared", async () => {
    const attempt = await startAttempt(kit, worker);
    const first = await trigger(attempt, { dagId: "foreign", runId: "from_task", conf: { limit: 3 } });
    expect([first.status, first.body]).toEqual([
      200,
      { dagId: "foreign", runId: "from_task", state: "queued", isNew: true, isPaused: false },
    ]);
    expect(await kit.store.runs.getRun("foreign", "from_task")).toMatchObject({
      triggeredBy: "operator",
      conf: { limit: 3 },
      triggeringUser: null,
    });
    expect((await trigger(attempt, { dagId: "foreign", runId: "from_task" })).body["code"]).toBe("dag_run_exists");
    expect((await trigger(attempt, { dagId: "foreign", runId: "from_task", whenExists: "use" })).body["isNew"]).toBe(false);
    await kit.store.runs.markRun("foreign", "from_task", "failed");
    expect((await trigger(attempt, { dagId: "foreign", runId: "from_task", whenExists: "use" })).body["state"]).toBe("failed");
    expect((await trigger(attempt, { dagId: "foreign", runId: "from_task", whenExists: "reset" })).body["state"]).toBe("queued");
    expect((await trigger(attempt, { dagId: "foreign", conf: { limit: 0 } })).body["code"]).toBe("params_invalid");
    expect((await trigger(attempt, { dagId: "nowhere" })).body["code"]).toBe("dag_not_found");
    expect((await trigger(attempt, { dagId: "foreign", runId: "scheduled__2026-01-01" })).body["code"]).toBe("request_invalid");
  });

  test.each(["lost", "stopped in order"])(
    "start once for a try whose worker is %s; a retry and a clear start another (H: no work twice)",
    async (how) => {
      const name = `worker ${how}`;
      const started = async (attempt: TestAttempt) => (await trigger(attempt, { dagId: "foreign", once: true })).body;
      const losing = await registerWorker(kit, name);
      const attempt = await startAttempt(kit, losing);
      const first = await started(attempt);
      expect(first).toMatchObject({ isNew: true });
      expect(await started(attempt)).toMatchObject({ runId: first["runId"], isNew: false });
      if (how === "lost") await registerWorker(kit, name);
      else await kit.store.execution.closeWorker(brand<WorkerSessionId>(losing.sessionId));
      const again = await makeGood(attempt);
      expect(await started(again)).toMatchObject({ runId: first["runId"], isNew: false });
      // what a retry changes
      await kit.database.execute("update polyflow.task_instance set try_number = try_number + 1 where attempt_id = $1", [again.attemptId]);
      const retried = await started(again);
      expect(retried).toMatchObject({ isNew: true });
      await callAttempt(kit, again, "finish", { kind: "success" });
      await kit.store.runs.clearTaskInstances({ dagId: "own", runId: attempt.runId, onlyFailed: false, dryRun: false });
      const cleared = await claim(await queueTask(kit.store, { dagId: "own", runId: attempt.runId, taskId: "extract" }), attempt.runId);
      const third = await started(cleared);
      expect(third).toMatchObject({ isNew: true });
      expect(new Set([first, retried, third].map((body) => body["runId"])).size).toBe(3);
    },
  );

  /** What the rescuer and the queue do with an attempt whose worker is gone; a living worker claims the new one. */
  async function makeGood({ runId }: TestAttempt): Promise<TestAttempt> {
    const term = await leaderTerm(kit.store);
    const lost = (await kit.store.scheduler.listLostAttempts(100)).find((each) => each.runId === runId) ?? expect.unreachable();
    await kit.store.scheduler.resolveLostAttempt(term, lost, "scheduled", "its worker is gone");
    const { queued } = await kit.store.scheduler.applySchedule(term, { tasks: [], runs: [] }, { parallelism: 10_000 });
    const next = queued.find(({ taskInstanceId }) => taskInstanceId === lost.taskInstanceId) ?? expect.unreachable();
    return claim(next.attemptId, runId);
  }

  async function claim(attemptId: AttemptId, runId: string): Promise<TestAttempt> {
    const answer = await callAttempt(kit, { attemptId, token: worker.token }, "start", { sessionId: worker.sessionId });
    return { attemptId, runId, token: textIn(answer.body["token"]), started: answer.body };
  }

  test("are found by id and logical date, with the states of tasks", async () => {
    const attempt = await startAttempt(kit, worker);
    const logicalDate = "2026-05-01T03:00:00.000Z";
    await trigger(attempt, { dagId: "foreign", runId: "dated", logicalDate });
    const byDate = await callAttempt(kit, attempt, "dag-runs/find", {
      dagId: "foreign",
      logicalDates: [logicalDate, "2026-05-02T00:00:00.000Z"],
      taskIds: ["extract", "gone"],
    });
    expect(byDate.body).toEqual({
      dagExists: true,
      unknown: ["gone"],
      taskIds: ["extract", "gone"],
      runs: [{ runId: "dated", logicalDate, state: "queued", tasks: { extract: { none: 1 } } }],
    });
    const byId = await callAttempt(kit, attempt, "dag-runs/find", { dagId: "foreign", runId: "dated" });
    expect(byId.body["runs"]).toEqual([{ runId: "dated", logicalDate, state: "queued", tasks: {} }]);
    expect((await callAttempt(kit, attempt, "dag-runs/find", { dagId: "nowhere", runId: "x" })).body["dagExists"]).toBe(false);
  });

  test("are closed to an attempt that has ended, and to the token of another one", async () => {
    const [ended, other] = [await startAttempt(kit, worker), await startAttempt(kit, worker)];
    await callAttempt(kit, ended, "finish", { kind: "success" });
    expect((await trigger(ended, { dagId: "foreign" })).body["code"]).toBe("attempt_superseded");
    expect((await callAttempt(kit, { ...other, token: ended.token }, "dag-runs", { dagId: "foreign" })).status).toBe(403);
  });
});

describe("waits over the Execution API (A5)", () => {
  test("a deferred attempt is watched by a session and goes on with what was found; its token reads secrets meanwhile", async () => {
    const attempt = await startAttempt(kit, worker);
    await kit.store.secrets.saveVariable({ key: "flag", value: "up", description: null });
    const deferred = { kind: "deferred", trigger: { kind: "poke", everyMs: 1000, backoff: false }, timeoutMs: 60_000, state: { n: 1 } };
    expect((await callAttempt(kit, attempt, "finish", deferred)).status).toBe(204);
    expect((await callAttempt(kit, attempt, "variables/flag")).body["value"]).toBe("up");
    const waits = (body: object, path = "") =>
      kit.send({ method: "POST", url: `/execution/v1/workers/${worker.sessionId}/waits${path}`, body }, worker.token);
    const claimed = await waits({ waitIds: [], capacity: 10 });
    const [wait] = claimed.body["watch"] as unknown as { waitId: string; state: unknown; attempt: { attemptId: string; token: string } }[];
    expect(wait).toMatchObject({ state: { n: 1 }, attempt: { attemptId: attempt.attemptId } });
    const stranger = await registerWorker(kit, "stranger");
    const stolen = await kit.send(
      { method: "POST", url: `/execution/v1/workers/${stranger.sessionId}/waits/${wait?.waitId}/fire`, body: { event: {} } },
      stranger.token,
    );
    expect(stolen.body["code"]).toBe("attempt_superseded");
    expect((await waits({ event: { value: [1] } }, `/${wait?.waitId}/fire`)).status).toBe(204);
    expect((await waits({ waitIds: [wait?.waitId], capacity: 0 })).body["gone"]).toEqual([wait?.waitId]);
    expect((await callAttempt(kit, attempt, "variables/flag")).body["code"]).toBe("attempt_superseded");
    expect(textIn((await kit.send({ url: "/api/v2/monitor/health" }, await kit.tokenOf("Viewer"))).text)).toContain("triggerer");
  });
});
