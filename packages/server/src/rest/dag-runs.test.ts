import { uiWaiting } from "@polyflow/contracts/wire";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { queueAttempt, queueTask } from "../testing/queued-attempts.ts";
import { callAttempt, registerWorker, startAttempt, type TestWorker } from "../testing/started-attempt.ts";
import { startTestServer, type TestServer, textIn } from "../testing/test-server.ts";

let kit: TestServer;
let admin: string;
let worker: TestWorker;
beforeAll(async () => {
  kit = await startTestServer(inject("postgresUrl"));
  admin = await kit.tokenOf("Admin");
  worker = await registerWorker(kit);
});
afterAll(() => kit.close());

const trigger = (body: unknown, dagId: string = "own") => kit.send({ method: "POST", url: `/api/v2/dags/${dagId}/dagRuns`, body }, admin);
const runUrl = (runId: string) => `/api/v2/dags/own/dagRuns/${encodeURIComponent(runId)}`;

async function lastAudit(event: string) {
  return (await kit.store.identity.pageAudit({ event, limit: 1, offset: 0 })).rows[0];
}

describe("triggering (A1, A6)", () => {
  test("without anything makes a run of now, with a name of its own", async () => {
    const answer = await trigger({});
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      dag_id: "own",
      state: "queued",
      run_type: "manual",
      triggered_by: "rest_api",
      logical_date: null,
      conf: {},
    });
    expect(textIn(answer.body["dag_run_id"])).toMatch(/^manual__\d{4}-\d\d-\d\dT[\d:.]+\+00:00_[0-9a-f]{8}$/);
    expect((await kit.send({ url: runUrl(textIn(answer.body["dag_run_id"])) }, admin)).body).toEqual(answer.body);
  });

  test("takes Airflow's fields", async () => {
    const body = {
      dag_run_id: "manual__mine",
      logical_date: "2026-03-01T03:00:00+03:00",
      data_interval_start: "2026-02-01T00:00:00Z",
      data_interval_end: "2026-03-01T00:00:00Z",
      run_after: null,
      conf: { limit: 5 },
      note: "by hand",
    };
    const answer = await trigger(body);
    expect(answer.body).toMatchObject({
      dag_run_id: "manual__mine",
      logical_date: "2026-03-01T00:00:00.000Z",
      data_interval_start: "2026-02-01T00:00:00.000Z",
      data_interval_end: "2026-03-01T00:00:00.000Z",
      run_after: "2026-03-01T00:00:00.000Z",
      conf: { limit: 5 },
      note: "by hand",
    });
    const again = await trigger(body);
    expect([again.status, again.body["code"]]).toEqual([409, "dag_run_exists"]);
    const row = await lastAudit("trigger_dag_run");
    expect(row).toMatchObject({ dagId: "own", details: { dag_run_id: "manual__mine", conf_keys: ["limit"] } });
  });

  test("checks conf against the params and names each wrong field", async () => {
    const answer = await trigger({ conf: { limit: 0, day: "tomorrow" } });
    expect([answer.status, answer.body["code"]]).toEqual([400, "params_invalid"]);
    expect(textIn(answer.body["detail"])).toBe(
      'The parameters do not fit DAG own: conf.limit: must be >= 1 (it is 0); conf.day: must match format "date" (it is "tomorrow").',
    );
    expect(answer.body["details"]).toEqual({
      errors: [
        { field: "conf.limit", message: "must be >= 1", rule: "minimum" },
        { field: "conf.day", message: 'must match format "date"', rule: "format" },
      ],
    });
  });

  test("refuses what it does not know, naming the field", async () => {
    const refused: readonly (readonly [unknown, string])[] = [
      [{ limit: 3 }, "limit"],
      [{ dag_run_id: "../../etc" }, "body.dag_run_id"],
      [{ dag_run_id: "scheduled__2026-01-01T00:00:00+00:00" }, "body.dag_run_id"],
      [{ logical_date: "yesterday" }, "body.logical_date"],
      [{ logical_date: "2026-01-01T00:00:00" }, "body.logical_date"],
      [{ data_interval_start: "2026-01-01T00:00:00Z" }, "body.data_interval_end"],
      [{ conf: [] }, "body.conf"],
      [[], "body"],
    ];
    for (const [body, place] of refused) {
      const answer = await trigger(body);
      expect([answer.status, answer.body["code"]], JSON.stringify(body)).toEqual([422, "request_invalid"]);
      expect(textIn(answer.body["detail"])).toContain(place);
    }
    const missing = await trigger({}, "not-there");
    expect([missing.status, missing.body["code"]]).toEqual([404, "dag_not_found"]);
  });

  test("does nothing by GET, and not at all for a DAG whose file is gone (CVE-2023-49920)", async () => {
    const before = (await kit.store.runs.listRuns({ dagIds: ["own"], limit: 1, offset: 0 })).total;
    await kit.send({ url: "/api/v2/dags/own/dagRuns?conf=%7B%7D" }, admin);
    expect((await kit.store.runs.listRuns({ dagIds: ["own"], limit: 1, offset: 0 })).total).toBe(before);
    await kit.store.dags.removeFile("main", "foreign.ts");
    expect((await trigger({}, "foreign")).status).toBe(404);
  });
});

describe("runs", () => {
  test("are listed by state and page, for one DAG or all (B6 of the interface)", async () => {
    const { runId } = await queueAttempt(kit.store);
    const list = await kit.send({ url: "/api/v2/dags/~/dagRuns?state=running&order_by=-run_after" }, admin);
    expect(list.text).toContain(`"dag_run_id":"${runId}"`);
    expect(list.text).not.toContain('"state":"queued"');
    const page = await kit.send({ url: "/api/v2/dags/own/dagRuns?limit=1&offset=1" }, admin);
    expect(JSON.parse(page.text).dag_runs).toHaveLength(1);
    expect((await kit.send({ url: "/api/v2/dags/own/dagRuns?limit=0&state=failed&state=success" }, admin)).body["dag_runs"]).toEqual([]);
    const unknown = await kit.send({ url: "/api/v2/dags/own/dagRuns?updated_at_gte=2026-01-01T00:00:00Z" }, admin);
    expect([unknown.status, unknown.body["code"]]).toEqual([422, "request_invalid"]);
    expect((await kit.send({ url: "/api/v2/dags/own/dagRuns?limit=-1" }, admin)).status).toBe(422);
    expect((await kit.send({ url: "/api/v2/dags/own/dagRuns?order_by=run_after;drop" }, admin)).status).toBe(422);
  });

  test("a note changes the note alone; state and note change together; a mask leaves out the rest (CVE-2023-40611)", async () => {
    const { runId } = await queueAttempt(kit.store);
    const patch = (body: unknown, mask: string = "") => kit.send({ method: "PATCH", url: runUrl(runId) + mask, body }, admin);
    expect((await patch({ note: "look", conf: { limit: 1 } })).status).toBe(422);
    const noted = await patch({ note: "look" });
    expect(noted.body).toMatchObject({ note: "look", state: "running", conf: {} });
    const masked = await patch({ note: "other", state: "failed" }, "?update_mask=note");
    expect(masked.body).toMatchObject({ note: "other", state: "running" });
    const failed = await patch({ state: "failed" });
    expect(failed.body).toMatchObject({ note: "other", state: "failed" });
    expect((await patch({ state: "queued" })).status).toBe(422);
  });

  test("clearing tells first and does then; only what was asked for (A9)", async () => {
    const attempt = await startAttempt(kit, worker);
    await callAttempt(kit, attempt, "finish", { kind: "failed", reason: "fatal", message: "broken" });
    const { runId } = attempt;
    const clear = (body: object) =>
      kit.send({ method: "POST", url: "/api/v2/dags/own/clearTaskInstances", body: { dag_run_id: runId, ...body } }, admin);
    const dry = await clear({});
    expect(dry.body).toMatchObject({ total_entries: 1, task_instances: [{ task_id: "extract", state: "failed" }] });
    expect((await kit.send({ url: `${runUrl(runId)}/taskInstances/extract` }, admin)).body["state"]).toBe("failed");
    expect((await clear({ task_ids: ["nothing"] })).body["code"]).toBe("task_instance_not_found");
    expect((await clear({ reset_dag_runs: false })).status).toBe(422);
    expect((await clear({ dry_run: false, task_ids: ["load"], include_upstream: true })).body["total_entries"]).toBe(1);
    const cleared = await kit.send({ url: `${runUrl(runId)}/taskInstances/extract` }, admin);
    expect(cleared.body).toMatchObject({ state: null, try_number: 1 });
    await queueTask(kit.store, { dagId: "own", runId, taskId: "extract" });
    const tries = await kit.send({ url: `${runUrl(runId)}/taskInstances/extract/tries` }, admin);
    expect(tries.body["task_instances"]).toMatchObject([
      { try_number: 1, state: "failed" },
      { try_number: 2, state: "queued" },
    ]);
    const whole = await kit.send({ method: "POST", url: `${runUrl(runId)}/clear`, body: { dry_run: true } }, admin);
    expect(whole.body["task_instances"]).toBeDefined();
  });

  test("clearing reaches into the runs before and after, and into no others (A9)", async () => {
    const runs: string[] = [];
    for (let index = 0; index < 3; index++) {
      const { runId } = await queueAttempt(kit.store);
      await kit.store.runs.markRun("own", runId, "failed");
      runs.push(runId);
    }
    const [first = "", second = "", third = ""] = runs;
    const body = { dag_run_id: second, task_ids: ["extract"], only_failed: false };
    const clear = async (more: object) => {
      const answer = await kit.send({ method: "POST", url: "/api/v2/dags/own/clearTaskInstances", body: { ...body, ...more } }, admin);
      const found = answer.body["task_instances"] as unknown as readonly { readonly dag_run_id: string }[];
      return new Set(found.map((one) => one.dag_run_id));
    };
    expect((await clear({})).size).toBe(1);
    expect(await clear({ include_future: true })).toEqual(new Set([second, third]));
    const withPast = await clear({ include_past: true });
    expect([withPast.has(first), withPast.has(second), withPast.has(third)]).toEqual([true, true, false]);
    await clear({ include_future: true, dry_run: false });
    expect((await kit.send({ url: runUrl(third) }, admin)).body["state"]).toBe("queued");
    expect((await kit.send({ url: runUrl(first) }, admin)).body["state"]).toBe("failed");
  });

  test("marking a task tells first and does then; what failed because of it is decided anew (A9)", async () => {
    const attempt = await startAttempt(kit, worker);
    const task = `${runUrl(attempt.runId)}/taskInstances/extract`;
    const patch = (url: string, body: object) => kit.send({ method: "PATCH", url, body }, admin);
    const dry = await patch(`${task}/dry_run`, { new_state: "success", include_downstream: true });
    expect(dry.body).toMatchObject({ total_entries: 2, task_instances: [{ task_id: "extract", state: "running" }, { task_id: "load" }] });
    expect((await kit.send({ url: task }, admin)).body["state"]).toBe("running");
    expect((await patch(task, {})).status).toBe(422);
    expect((await patch(task, { note: "by hand" })).body).toMatchObject({ task_instances: [{ note: "by hand", state: "running" }] });
    const marked = await patch(task, { new_state: "failed" });
    expect(marked.body).toMatchObject({ total_entries: 1, task_instances: [{ task_id: "extract", state: "failed", note: "by hand" }] });
    const late = await callAttempt(kit, attempt, "finish", { kind: "success" });
    expect(late.status).toBe(409);
    await kit.store.runs.markRun("own", attempt.runId, "failed");
    expect((await patch(`${task.replace("extract", "load")}`, { new_state: "success" })).body["total_entries"]).toBe(1);
    expect((await kit.send({ url: runUrl(attempt.runId) }, admin)).body["state"]).toBe("queued");
    expect((await patch(task.replace("extract", "nothing"), { new_state: "failed" })).status).toBe(404);
  });

  test("a task says what holds it back (C2)", async () => {
    const { runId } = await queueAttempt(kit.store);
    const load = `${runUrl(runId)}/taskInstances/load/dependencies`;
    const names = async () =>
      ((await kit.send({ url: load }, admin)).body["dependencies"] as unknown as readonly { readonly name: string }[]).map(
        (one) => one.name,
      );
    expect(await names()).toEqual(["trigger_rule"]);
    await kit.store.dags.setPaused("own", true);
    expect(await names()).toEqual(["dag_paused", "trigger_rule"]);
    const waiting = await kit.send({ url: `/ui/dags/own/runs/${runId}/tasks/load/waiting` }, admin);
    expect(uiWaiting.parse(waiting.body)).toMatchObject({ facts: { trigger_rule: "all_success", upstream: { total: 1, success: 0 } } });
    await kit.store.dags.setPaused("own", false);
    const full = await kit.send({ url: load.replace("load", "extract") }, admin);
    expect(full.body["gates"]).toContainEqual({ gate: "trigger_rule", passed: true, reason: "The task has no upstream tasks." });
    expect((await kit.send({ url: load.replace("load", "nothing") }, admin)).status).toBe(404);
  });

  test("can be deleted; what is gone answers 404", async () => {
    const { runId } = await queueAttempt(kit.store);
    expect((await kit.send({ method: "DELETE", url: runUrl(runId) }, admin)).status).toBe(204);
    for (const path of ["", "/taskInstances", "/taskInstances/extract", "/wait?interval=1"]) {
      const answer = await kit.send({ url: runUrl(runId) + path }, admin);
      expect(answer.status, path).toBe(404);
      expect(textIn(answer.body["code"])).toMatch(/_not_found$/);
    }
  });

  test("waiting streams the state until the end, with outputs for who may read XComs (CVE-2026-34538)", async () => {
    const attempt = await startAttempt(kit, worker);
    await callAttempt(kit, attempt, "finish", { kind: "success", output: 42 });
    const path = `${runUrl(attempt.runId)}/wait?interval=0.05&result=extract`;
    const noXComs = await kit.tokenWith([
      { action: "read", resource: "DAGs" },
      { action: "read", resource: "DAG Runs" },
    ]);
    expect((await kit.send({ url: path }, noXComs)).status).toBe(403);
    const waiting = kit.send({ url: path }, admin);
    await kit.store.runs.markRun("own", attempt.runId, "success");
    const answer = await waiting;
    expect(answer.headers["content-type"]).toBe("application/x-ndjson");
    expect(answer.text.trim().split("\n").at(-1)).toBe('{"state":"success","results":{"extract":42}}');
    const xcom = await kit.send({ url: `${runUrl(attempt.runId)}/taskInstances/extract/xcomEntries/return_value` }, admin);
    expect(xcom.body["value"]).toBe(42);
  });
});

describe("logs (A14)", () => {
  test("come in pages with a token, whole, as text and as NDJSON", async () => {
    const attempt = await startAttempt(kit, worker);
    const lines = Array.from({ length: 7000 }, (_, index) => ({
      at: "2026-01-01T00:00:00.000Z",
      level: "info",
      source: "task",
      message: `line ${index}`,
    }));
    await callAttempt(kit, attempt, "logs", { lines });
    const url = `${runUrl(attempt.runId)}/taskInstances/extract/logs/1`;
    const first = await kit.send({ url }, admin);
    const token = textIn(first.body["continuation_token"]);
    const second = await kit.send({ url: `${url}?token=${token}` }, admin);
    const messages = [first, second].flatMap((page) => JSON.parse(page.text).content.map((line: { event: string }) => line.event));
    expect(messages).toEqual(lines.map((line) => line.message));
    expect(second.body["continuation_token"]).toBe("lines-7000");
    await callAttempt(kit, attempt, "finish", { kind: "success" });
    const whole = await kit.send({ url: `${url}?full_content=true` }, admin);
    expect(JSON.parse(whole.text).content).toHaveLength(7000);
    expect(whole.body["continuation_token"]).toBeNull();
    const text = await kit.send({ url, headers: { accept: "text/plain" } }, admin);
    expect(text.headers["content-type"]).toBe("text/plain; charset=utf-8");
    expect(text.text.split("\n")[6999]).toBe("[2026-01-01T00:00:00.000Z] INFO - line 6999");
    const ndjson = await kit.send({ url, headers: { accept: "application/x-ndjson" } }, admin);
    expect(ndjson.text.trim().split("\n")).toHaveLength(7000);
    expect((await kit.send({ url: `${url}?token=../../etc/passwd` }, admin)).status).toBe(422);
    expect((await kit.send({ url: url.replace(/1$/, "2"), headers: { accept: "text/plain" } }, admin)).status).toBe(404);
  });

  test("ids that lead out of the folder are refused (CVE-2023-22887, CVE-2026-40861)", async () => {
    for (const path of [
      "/api/v2/dags/..%2f..%2fetc/dagRuns/r/taskInstances/t/logs/1",
      "/api/v2/dags/own/dagRuns/..%2f..%2f..%2fetc/taskInstances/passwd/logs/1",
      "/api/v2/dags/own/dagRuns/r/taskInstances/..%2f..%2fpasswd/logs/1",
      "/api/v2/dags/own/dagRuns/r/taskInstances/t/logs/..%2f1",
      "/ui/dags/own/runs/r/tasks/%2e%2e%2f%2e%2e%2fetc/tries/1/log",
    ]) {
      expect((await kit.send({ url: path }, admin)).status, path).toBe(422);
    }
  });

  test("a waiting reader gets a line as it comes, and the end of the attempt", async () => {
    const attempt = await startAttempt(kit, worker);
    const url = (after: number) => `/ui/dags/own/runs/${attempt.runId}/tasks/extract/tries/1/log?after=${after}&wait_ms=20000`;
    const waiting = kit.send({ url: url(0) }, admin);
    await callAttempt(kit, attempt, "logs", {
      lines: [{ at: "2026-01-01T00:00:00.000Z", level: "error", source: "stderr", message: "now" }],
    });
    expect((await waiting).body).toMatchObject({ lines: [{ message: "now" }], next: 1, complete: false });
    const ending = kit.send({ url: url(1) }, admin);
    await callAttempt(kit, attempt, "finish", { kind: "success" });
    expect((await ending).body).toEqual({ lines: [], first: 1, next: 1, complete: true });
    const tail = await kit.send({ url: `${url(0)}&tail=5`.replace("&wait_ms=20000", "") }, admin);
    expect(tail.body).toMatchObject({ first: 0, lines: [{ message: "now" }] });
  });
});

test("no answer of this file was the server's fault", () => {
  expect(kit.loggedErrors).toEqual([]);
});
