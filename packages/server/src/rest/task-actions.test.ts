import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { queueAttempt } from "../testing/queued-attempts.ts";
import { callAttempt, registerWorker, startAttempt } from "../testing/started-attempt.ts";
import { testFile, testSpec, testTask } from "../testing/test-dags.ts";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

let kit: TestServer;
let admin: string;
beforeAll(async () => {
  kit = await startTestServer(inject("postgresUrl"));
  admin = await kit.tokenOf("Admin");
});
afterAll(() => kit.close());

const clear = (runId: string, body: object, dagId = "own") =>
  kit.send(
    { method: "POST", url: `/api/v2/dags/${dagId}/clearTaskInstances`, body: { dag_run_id: runId, dry_run: false, ...body } },
    admin,
  );
const bulk = (path: string, entities: readonly object[], token = admin, skips = false) =>
  kit.send(
    {
      method: "PATCH",
      url: `/api/v2/dags/${path}/taskInstances`,
      body: { actions: [{ action: "update", entities, action_on_non_existence: skips ? "skip" : "fail" }] },
    },
    token,
  );
const statesOf = async (dagId: string, runId: string) => {
  const tasks = await kit.store.runs.listTaskInstances(dagId, runId);
  return Object.fromEntries(tasks.map((task) => [task.taskId, task.state]));
};

test("a cleared run keeps its version, or gets the newest where that is asked for: new tasks run, vanished ones are removed (A9, A10)", async () => {
  const publish = (taskIds: readonly string[]) =>
    kit.store.dags.publishParsedFile(testFile("moving.ts", [testSpec("moving", { tasks: taskIds.map((id) => testTask(id)) })]));
  await publish(["extract", "old"]);
  const { runId } = await queueAttempt(kit.store, { dagId: "moving" });
  await kit.store.runs.markRun("moving", runId, "failed");
  await publish(["extract", "new"]);
  await clear(runId, { only_failed: false }, "moving");
  expect((await kit.store.runs.getRun("moving", runId))?.versionNumber).toBe(1);
  await kit.store.runs.markRun("moving", runId, "failed");
  const whole = await kit.send(
    {
      method: "POST",
      url: `/api/v2/dags/moving/dagRuns/${encodeURIComponent(runId)}/clear`,
      body: { dry_run: false, run_on_latest_version: true },
    },
    admin,
  );
  expect(whole.body["dag_versions"]?.[0], whole.text).toMatchObject({ version_number: 2 });
  expect(await statesOf("moving", runId)).toEqual({ extract: "none", new: "none", old: "removed" });
});

test("prevent_running_task refuses instead of killing what runs (A9)", async () => {
  const { runId } = await startAttempt(kit, await registerWorker(kit));
  const refused = await clear(runId, { only_failed: false, prevent_running_task: true });
  expect([refused.status, refused.body["code"]]).toEqual([409, "transition_refused"]);
  expect((await statesOf("own", runId))["extract"]).toBe("running");
  expect((await clear(runId, { only_failed: false, prevent_running_task: false })).status).toBe(200);
  expect((await statesOf("own", runId))["extract"]).toBe("restarting");
});

test("a run that is marked lets its teardowns run first, and is then what it was marked as (A3, A9)", async () => {
  const tasks = [
    testTask("extract", { role: "setup" }),
    testTask("work", { upstream: ["extract"] }),
    testTask("tidy", { role: "teardown", upstream: ["extract", "work"], triggerRule: "all_done_setup_success" }),
  ];
  await kit.store.dags.publishParsedFile(testFile("fixture.ts", [testSpec("fixture", { tasks })]));
  const attempt = await startAttempt(kit, await registerWorker(kit), { dagId: "fixture" });
  const marked = await kit.store.runs.markRun("fixture", attempt.runId, "failed");
  expect(marked?.state).toBe("running");
  expect(await statesOf("fixture", attempt.runId)).toEqual({ extract: "failed", work: "failed", tidy: "none" });
  expect((await callAttempt(kit, attempt, "finish", { kind: "success" })).status).toBe(409);
});

test("many task instances of several runs are marked at once; each is looked at by itself (A9)", async () => {
  const [one, two] = [await queueAttempt(kit.store), await queueAttempt(kit.store)];
  const answer = await bulk("~/dagRuns/~", [
    { dag_id: "own", dag_run_id: one.runId, task_id: "extract", new_state: "success", note: "by hand" },
    { dag_id: "own", dag_run_id: two.runId, task_id: "extract", new_state: "failed", include_downstream: true },
    { dag_id: "own", dag_run_id: "not-there", task_id: "extract", new_state: "failed" },
    { dag_id: "own", task_id: "extract", new_state: "failed" },
  ]);
  expect(answer.body["update"]?.["success"], answer.text).toHaveLength(2);
  expect(answer.body["update"]?.["errors"]).toMatchObject([
    { status_code: 404 },
    { status_code: 422, error: expect.stringContaining("dag_run_id") },
  ]);
  expect(await statesOf("own", one.runId)).toMatchObject({ extract: "success" });
  expect(await statesOf("own", two.runId)).toEqual({ extract: "failed", load: "failed" });
  const skipped = await bulk(`own/dagRuns/${two.runId}`, [{ task_id: "nothing", new_state: "failed" }], admin, true);
  expect(skipped.body["update"]).toEqual({ success: [], errors: [] });
  const [entry] = await kit.store.identity.listAudit(1, 0);
  expect(entry?.event).toBe("bulk_task_instances");
});

test("a body cannot reach a DAG that the address does not name or the caller may not edit (CVE-2026-41084's kind: bulk bodies)", async () => {
  const foreign = await queueAttempt(kit.store, { dagId: "foreign" });
  const own = await queueAttempt(kit.store);
  const token = await kit.tokenWith(
    (["DAGs", "Task Instances"] as const).flatMap((resource) =>
      (["read", "edit"] as const).map((action) => ({ action, resource, dagId: "own" })),
    ),
  );
  const entity = { dag_id: "foreign", dag_run_id: foreign.runId, task_id: "extract", new_state: "failed", note: "mine" };
  const wild = await bulk("~/dagRuns/~", [entity, { ...entity, dag_id: "own", dag_run_id: own.runId }], token);
  expect(wild.body["update"]).toMatchObject({ success: [`own.${own.runId}.extract[-1]`], errors: [{ status_code: 404 }] });
  const unknown = await bulk("~/dagRuns/~", [{ ...entity, dag_id: "not-there" }], token);
  expect(unknown.text.replaceAll("not-there", "foreign")).toBe((await bulk("~/dagRuns/~", [entity], token)).text);
  const mixed = await bulk(`own/dagRuns/${own.runId}`, [entity], token);
  expect(mixed.body["update"]).toMatchObject({ success: [], errors: [{ status_code: 422 }] });
  expect((await bulk(`foreign/dagRuns/${foreign.runId}`, [], token)).status).toBe(403);
  expect((await statesOf("foreign", foreign.runId))["extract"]).toBe("queued");
});
