import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { callAttempt, registerWorker, startAttempt } from "../testing/started-attempt.ts";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

let kit: TestServer;
beforeAll(async () => {
  kit = await startTestServer(inject("postgresUrl"));
});
afterAll(() => kit.close());

test("outputs are created, changed and deleted by three rights, and no value is in the audit log (A6, D5, CVE-2024-45033's kind)", async () => {
  const { runId } = await startAttempt(kit, await registerWorker(kit));
  const url = `/api/v2/dags/own/dagRuns/${runId}/taskInstances/extract/xcomEntries`;
  const rights = (action: "create" | "edit" | "delete" | "read") => ({ action, resource: "XComs" as const });
  const dags = [
    { action: "read" as const, resource: "DAGs" as const },
    { action: "edit" as const, resource: "DAGs" as const },
  ];
  const creator = await kit.tokenWith([...dags, rights("create"), rights("read")]);
  const editor = await kit.tokenWith([...dags, rights("edit"), rights("read")]);
  const create = (token: string) => kit.send({ method: "POST", url, body: { key: "limit", value: { secret: "s3cret" } } }, token);
  expect((await create(editor)).status).toBe(403);
  expect((await create(creator)).body).toMatchObject({ key: "limit", value: { secret: "s3cret" }, map_index: -1 });
  expect((await create(creator)).body).toMatchObject({ code: "xcom_exists" });
  const patch = (token: string, key = "limit") => kit.send({ method: "PATCH", url: `${url}/${key}`, body: { value: 2 } }, token);
  expect((await patch(creator)).status).toBe(403);
  expect((await patch(editor)).body).toMatchObject({ value: 2 });
  expect((await patch(editor, "other")).status).toBe(404);
  expect((await kit.send({ method: "DELETE", url: `${url}/limit` }, editor)).status).toBe(403);
  const deleter = await kit.tokenWith([...dags, rights("delete")]);
  expect((await kit.send({ method: "DELETE", url: `${url}/limit` }, deleter)).status).toBe(204);
  expect((await kit.send({ method: "DELETE", url: `${url}/limit` }, deleter)).status).toBe(404);
  const entries = await kit.store.identity.listAudit(50, 0);
  expect(entries.map((entry) => entry.event)).toEqual(expect.arrayContaining(["create_xcom", "edit_xcom", "delete_xcom"]));
  expect(JSON.stringify(entries)).not.toContain("s3cret");
});

test("a running task keeps and reads outputs; an ended one no longer (A6, I8)", async () => {
  const attempt = await startAttempt(kit, await registerWorker(kit));
  expect((await callAttempt(kit, attempt, "xcoms", { key: "mark", value: { n: 1 } })).status).toBe(204);
  expect((await callAttempt(kit, attempt, "xcoms?task_id=extract&key=mark")).body).toEqual({ found: true, value: { n: 1 } });
  expect((await callAttempt(kit, attempt, "xcoms?task_id=load")).body).toEqual({ found: false });
  expect((await callAttempt(kit, attempt, "xcoms?task_id=extract&dag_id=not-there&run_id=r")).status).toBe(403);
  await callAttempt(kit, attempt, "finish", { kind: "success" });
  expect((await callAttempt(kit, attempt, "xcoms", { key: "mark", value: 2 })).status).toBe(409);
  expect((await callAttempt(kit, attempt, "xcoms?task_id=extract&key=mark")).status).toBe(409);
});
