import { PolyflowError } from "@polyflow/contracts";
import type { SecretBackend } from "@polyflow/store";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { callAttempt, registerWorker, startAttempt } from "../testing/started-attempt.ts";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

const connection = { description: null, host: null, port: null, login: null, password: "p", schema: null, extra: {} };
const first: SecretBackend = {
  name: "first",
  async getConnection(connectionId) {
    return connectionId === "both" ? { ...connection, connectionId, type: "first" } : undefined;
  },
  async getVariable(key) {
    if (key === "away") throw new PolyflowError("secret_backend_failed", "The vault at https://vault:8200 with token s3cret is away.");
    return key === "both" ? "of the first" : undefined;
  },
};

let kit: TestServer;
beforeAll(async () => {
  kit = await startTestServer(inject("postgresUrl"), { secretBackends: [first], systemSchema: "named" });
  for (const connectionId of ["both", "stored"]) {
    await kit.store.secrets.saveConnection({ ...connection, connectionId, type: "stored" }, { overwrite: false });
    await kit.store.secrets.saveVariable({ key: connectionId, value: "of the database", description: null });
  }
  await kit.store.secrets.saveVariable({ key: "away", value: "another secret", description: null });
});
afterAll(() => kit.close());

test("a task gets what the first place knows; the database answers last; what is no name of the database's is masked (A8)", async () => {
  const attempt = await startAttempt(kit, await registerWorker(kit));
  expect((await callAttempt(kit, attempt, "connections/both")).body).toMatchObject({ type: "first" });
  expect((await callAttempt(kit, attempt, "connections/stored")).body).toMatchObject({ type: "stored" });
  expect((await callAttempt(kit, attempt, "connections/none")).body).toMatchObject({ code: "connection_not_found" });
  expect((await callAttempt(kit, attempt, "variables/both")).body).toEqual({ key: "both", value: "of the first", isSecret: true });
  expect((await callAttempt(kit, attempt, "variables/stored")).body).toEqual({ key: "stored", value: "of the database" });
});

test("the warehouse's connection names the schema of its system tables (B7, B8)", async () => {
  await kit.store.secrets.saveConnection({ ...connection, connectionId: "df", type: "postgres" }, { overwrite: false });
  const attempt = await startAttempt(kit, await registerWorker(kit));
  expect((await callAttempt(kit, attempt, "connections/df")).body).toMatchObject({ extra: { system_schema: "named" } });
  const extra = { system_schema: "own" };
  await kit.store.secrets.saveConnection({ ...connection, connectionId: "df", type: "postgres", extra }, { overwrite: true });
  expect((await callAttempt(kit, attempt, "connections/df")).body).toMatchObject({ extra });
});

test("a backend that cannot be asked is an error: no other secret comes in its place, and nothing of its address is told (A8, D6)", async () => {
  const attempt = await startAttempt(kit, await registerWorker(kit));
  const answer = await callAttempt(kit, attempt, "variables/away");
  expect([answer.status, answer.body["code"]]).toEqual([503, "secret_backend_failed"]);
  expect(answer.text).not.toMatch(/s3cret|8200|another secret/);
});
