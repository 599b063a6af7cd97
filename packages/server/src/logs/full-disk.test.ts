import { canMountDisks, SmallDisk } from "@polyflow/service-kit/testing";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { callAttempt, registerWorker, startAttempt } from "../testing/started-attempt.ts";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

describe.runIf(canMountDisks())("the disk of the logs is full (needs root)", () => {
  let disk: SmallDisk;
  let kit: TestServer;
  beforeAll(async () => {
    disk = new SmallDisk(256);
    kit = await startTestServer(inject("postgresUrl"), { logDir: disk.folder });
  });
  afterAll(async () => {
    await kit.close();
    disk[Symbol.dispose]();
  });

  test("the task ends as it should all the same; lines are refused, and with room again the log goes on whole (Airflow's MWAA images PR 609)", async () => {
    const attempt = await startAttempt(kit, await registerWorker(kit));
    const line = (message: string) => ({ at: "2026-01-01T00:00:00.000Z", level: "info", source: "task", message });
    const print = (...messages: readonly string[]) => callAttempt(kit, attempt, "logs", { lines: messages.map(line) });
    expect((await print("before")).status).toBe(204);
    disk.fill();
    const refused = await Promise.all([print("x".repeat(9_000)), print("y".repeat(9_000)), print("z".repeat(9_000))]);
    expect(refused.map(({ status, body }) => [status, body["code"]])).toContainEqual([500, "internal"]);
    expect((await callAttempt(kit, attempt, "finish", { kind: "success", output: 1 })).status).toBe(204);
    expect((await kit.store.runs.getRun("own", attempt.runId))?.state).not.toBe("failed");
    const task = { dagId: "own", runId: attempt.runId, taskId: "extract", mapIndex: -1 };
    expect((await kit.store.runs.getTaskInstance(task))?.state).toBe("success");
    disk.makeRoom();
    expect((await print("after")).status).toBe(204);
    const url = `/api/v2/dags/own/dagRuns/${encodeURIComponent(attempt.runId)}/taskInstances/extract/logs/1?full_content=true`;
    const shown = await kit.send({ url }, await kit.tokenOf("Admin"));
    expect(shown.status).toBe(200);
    expect(shown.text).toContain("before");
    expect(shown.text).toContain("after");
  });
});
