import { PolyflowError } from "@polyflow/contracts";
import type { UiConnectionType } from "@polyflow/contracts/wire";
import type { ConnectionRecord } from "@polyflow/store";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

const CANARY = "canary-2b8d1e";
const label = { en: "TLS", ru: "TLS" };
const TYPE: UiConnectionType = {
  type: "postgres",
  aliases: [],
  title: label,
  uses: ["sql"],
  fields: [
    {
      name: "sslmode",
      place: "extra",
      kind: "choice",
      label,
      help: null,
      secret: false,
      required: false,
      choices: ["require"],
      default: null,
    },
    {
      name: "application_name",
      place: "extra",
      kind: "text",
      label,
      help: null,
      secret: false,
      required: false,
      choices: [],
      default: null,
    },
  ],
  example: "postgres://db",
  provider: "postgres",
};

let kit: TestServer;
let admin: string;
const tried: ConnectionRecord[] = [];
beforeAll(async () => {
  kit = await startTestServer(inject("postgresUrl"), {
    connections: {
      types: async () => [TYPE],
      async test(connection) {
        tried.push(connection);
        if (connection.host === "away") throw new PolyflowError("external_system_failed", `No route; the password was ${CANARY}`);
        return `Signed in with ${connection.password ?? ""}`;
      },
    },
  });
  admin = await kit.tokenOf("Admin");
  await kit.store.secrets.saveConnection(
    {
      connectionId: "dwh",
      type: "postgres",
      description: null,
      host: "db",
      port: 5432,
      login: "u",
      password: CANARY,
      schema: null,
      extra: { sslmode: "require", application_name: CANARY },
    },
    { overwrite: false },
  );
});
afterAll(() => kit.close());

const tryIt = (body: object) =>
  kit.send({ method: "POST", url: "/api/v2/connections/test", body: { connection_id: "dwh", conn_type: "postgres", ...body } }, admin);

describe("trying a connection (C4, D6)", () => {
  test("masks stand for the stored secrets, and no answer quotes them", async () => {
    const works = await tryIt({ host: "db", port: 5432, password: "***", extra: '{"sslmode":"***","application_name":"***"}' });
    expect(works.body).toEqual({ status: true, message: "Signed in with ***" });
    expect(tried.at(-1)).toMatchObject({ password: CANARY, extra: { sslmode: "require", application_name: CANARY } });
    const fails = await tryIt({ host: "away", password: CANARY });
    expect(fails.body).toEqual({ status: false, message: "No route; the password was ***" });
  });

  test("stored secrets go nowhere else: another host, port, type or setting takes them typed again", async () => {
    const before = tried.length;
    for (const change of [
      { host: "away" },
      { port: 1 },
      { conn_type: "http" },
      { extra: '{"application_name":"elsewhere.example"}' },
      { host: "//***@db" },
    ]) {
      const answer = await tryIt({ host: "db", port: 5432, password: "***", ...change });
      expect([answer.status, answer.body["code"]], JSON.stringify(change)).toEqual([422, "request_invalid"]);
    }
    expect(tried.length).toBe(before);
    expect((await tryIt({ host: "db", port: 5432, password: "***", extra: '{"sslmode":"require"}' })).status).toBe(200);
  });

  test("choices, switches and numbers of the type are shown; free text stays masked", async () => {
    const { body } = await kit.send({ url: "/api/v2/connections/dwh" }, admin);
    expect(body["extra"]).toBe('{"sslmode":"require","application_name":"***"}');
    expect((await kit.send({ url: "/ui/connection-types" }, admin)).body).toEqual({ types: [TYPE] });
  });

  test("is written to the audit log without secrets", async () => {
    const { text } = await kit.send({ url: "/api/v2/eventLogs?event=test_connection&limit=50" }, admin);
    expect(text).toContain("dwh");
    expect(text).not.toContain(CANARY);
  });
});
