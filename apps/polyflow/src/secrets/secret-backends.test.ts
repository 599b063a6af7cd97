import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import type { SecretBackend } from "@polyflow/store";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { loadConfiguration } from "../config/load-configuration.ts";
import { secretBackends } from "./secret-backends.ts";

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "polyflow-secrets-"));
});
afterAll(() => rm(home, { recursive: true }));

function backendsOf(environment: { readonly [name: string]: string }): readonly SecretBackend[] {
  return secretBackends(loadConfiguration({ home, environment }).values, { environment, homeDir: home });
}

function firstOf(environment: { readonly [name: string]: string }): SecretBackend {
  const [first] = backendsOf(environment);
  if (first === undefined) throw new Error("no backend");
  return first;
}

describe("the environment (A8)", () => {
  const backend = () =>
    firstOf({
      AIRFLOW_CONN_DWH: "postgresql://ann:p%40ss@db:5433/sales?sslmode=require",
      POLYFLOW_CONN_DWH2: '{"conn_type": "postgres", "host": "json", "extra": {"a": 1}}',
      AIRFLOW_VAR_LIMIT: "3",
      POLYFLOW_VAR_LIMIT: "4",
      AIRFLOW_CONN_BAD: "no address of s3cret",
    });

  test("gives connections in both forms and variables; our own names go first", async () => {
    const uri = {
      connectionId: "dwh",
      type: "postgres",
      host: "db",
      port: 5433,
      login: "ann",
      password: "p@ss",
      schema: "sales",
      extra: { sslmode: "require" },
    };
    expect(await backend().getConnection("dwh")).toMatchObject(uri);
    expect(await backend().getConnection("dwh2")).toMatchObject({ type: "postgres", host: "json", extra: { a: 1 } });
    expect(await backend().getVariable("limit")).toBe("4");
    expect([await backend().getConnection("none"), await backend().getVariable("none")]).toEqual([undefined, undefined]);
  });

  test("says which one is wrong, without what stands in it", async () => {
    const error = await backend()
      .getConnection("bad")
      .catch((caught: unknown) => caught);
    expect(String(error)).toContain("AIRFLOW_CONN_BAD");
    expect(String(error)).not.toContain("s3cret");
  });
});

describe("files (A8)", () => {
  test.each([
    ["json", '{"dwh": "mysql://u:p@h/s", "s3": {"conn_type": "aws", "login": "key"}}', '{"limit": "3", "list": [1, 2]}'],
    ["yaml", "dwh: mysql://u:p@h/s\ns3:\n  conn_type: aws\n  login: key\n", 'limit: "3"\nlist: [1, 2]\n'],
    ["env", 'dwh=mysql://u:p@h/s\n# more\nexport s3={"conn_type": "aws", "login": "key"}\n', 'limit="3"\nlist=[1,2]\n'],
  ])("in %s, go before the environment and are read anew when they change", async (format, connections, variables) => {
    const [connectionsFile, variablesFile] = [`c.${format}`, `v.${format}`];
    await writeFile(join(home, connectionsFile), connections);
    await writeFile(join(home, variablesFile), variables);
    const kwargs = JSON.stringify({ connections_file_path: connectionsFile, variables_file_path: variablesFile });
    const backends = backendsOf({ POLYFLOW__SECRETS__BACKEND: "file", POLYFLOW__SECRETS__BACKEND_KWARGS: kwargs });
    expect(backends.map((backend) => backend.name)).toEqual(["file", "environment"]);
    const [file] = backends;
    expect(await file?.getConnection("dwh")).toMatchObject({ type: "mysql", login: "u", password: "p", schema: "s" });
    expect(await file?.getConnection("s3")).toMatchObject({ type: "aws", login: "key" });
    expect([await file?.getVariable("limit"), await file?.getVariable("list"), await file?.getVariable("x")]).toEqual([
      "3",
      "[1,2]",
      undefined,
    ]);
    await writeFile(join(home, variablesFile), variables.replace("3", "300"));
    expect(await file?.getVariable("limit")).toBe("300");
  });

  test("a broken file is named, what stands in it is not", async () => {
    await writeFile(join(home, "broken.json"), '{"limit": s3cret}');
    const kwargs = JSON.stringify({ variables_file_path: "broken.json" });
    const file = firstOf({ POLYFLOW__SECRETS__BACKEND: "file", POLYFLOW__SECRETS__BACKEND_KWARGS: kwargs });
    const error = await file.getVariable("limit").catch((caught: unknown) => caught);
    expect(String(error)).toContain("broken.json");
    expect(String(error)).not.toContain("s3cret");
  });

  test.each([
    [{ POLYFLOW__SECRETS__BACKEND: "cloud" }, /"cloud"; it can be vault, file/],
    [
      { POLYFLOW__SECRETS__BACKEND: "vault", POLYFLOW__SECRETS__BACKEND_KWARGS: '{"token": "s3cret", "urL": "x"}' },
      /backend_kwargs is not/,
    ],
    [{ POLYFLOW__SECRETS__BACKEND: "file", POLYFLOW__SECRETS__BACKEND_KWARGS: "s3cret" }, /no JSON object/],
  ])("%j is refused without its values", (environment, message) => {
    expect(() => backendsOf(environment)).toThrow(message);
    expect(() => backendsOf(environment)).not.toThrow(/s3cret/);
  });
});

describe("Vault, as its HTTP API is written down (A8)", () => {
  let server: Server;
  let seen: IncomingMessage[];
  let tokens: string[];
  /** Answers by path; what is not there is 404. */
  let secrets: { [path: string]: unknown };
  beforeAll(async () => {
    server = createServer(async (request, response) => {
      seen.push(request);
      const answer = (status: number, body: unknown): void => {
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
      };
      if (request.url === "/v1/auth/approle/login") {
        const { role_id: role, secret_id: secret } = (await json(request)) as { role_id: string; secret_id: string };
        if (role !== "role" || secret !== "secret") return answer(400, { errors: ["invalid role or secret ID"] });
        tokens.push(`t${tokens.length}`);
        return answer(200, { auth: { client_token: tokens.at(-1), lease_duration: 1 } });
      }
      if (request.headers["x-vault-token"] !== tokens.at(-1)) return answer(403, { errors: ["permission denied"] });
      const found = secrets[request.url ?? ""];
      return found === undefined ? answer(404, { errors: [] }) : answer(200, found);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  beforeEach(() => {
    [seen, tokens, secrets] = [[], ["root"], {}];
  });

  const vault = (kwargs: object): SecretBackend => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const backend = "airflow.providers.hashicorp.secrets.vault.VaultBackend";
    return firstOf({
      POLYFLOW__SECRETS__BACKEND: backend,
      POLYFLOW__SECRETS__BACKEND_KWARGS: JSON.stringify({ url, token: "root", ...kwargs }),
    });
  };

  test("key-value version 2: connections by address and by fields, variables, what is deleted", async () => {
    secrets["/v1/secret/data/connections/dwh"] = { data: { data: { conn_uri: "postgres://u:p@h/s" }, metadata: {} } };
    secrets["/v1/secret/data/connections/api"] = { data: { data: { conn_type: "http", host: "api", extra: '{"a": 1}' }, metadata: {} } };
    secrets["/v1/secret/data/variables/limit"] = { data: { data: { value: "3" }, metadata: {} } };
    const backend = vault({ namespace: "team" });
    expect(await backend.getConnection("dwh")).toMatchObject({ type: "postgres", password: "p" });
    expect(await backend.getConnection("api")).toMatchObject({ type: "http", host: "api", extra: { a: 1 } });
    expect([await backend.getVariable("limit"), await backend.getVariable("none")]).toEqual(["3", undefined]);
    expect(seen[0]?.headers).toMatchObject({ "x-vault-token": "root", "x-vault-namespace": "team" });
  });

  test("key-value version 1, another mount and other folders; a part can be switched off", async () => {
    secrets["/v1/team/kv/vars/limit"] = { data: { value: "5" } };
    const backend = vault({ kv_engine_version: 1, mount_point: "team/kv", variables_path: "vars", connections_path: null });
    expect(await backend.getVariable("limit")).toBe("5");
    expect(await backend.getConnection("dwh")).toBeUndefined();
    expect(seen).toHaveLength(1);
  });

  test("a role signs in, and again when its token has ended", async () => {
    secrets["/v1/secret/data/variables/limit"] = { data: { data: { value: "3" } } };
    const backend = vault({ auth_type: "approle", token: undefined, role_id: "role", secret_id: "secret" });
    expect(await backend.getVariable("limit")).toBe("3");
    tokens.push("another");
    expect(await backend.getVariable("limit")).toBe("3");
    expect(seen.filter((request) => request.url?.endsWith("/login"))).toHaveLength(2);
  });

  test("refused, broken or away, it is an error and never an answer of somebody else's; no id leaves its folder (D6)", async () => {
    await expect(vault({ token: "wrong" }).getVariable("limit")).rejects.toMatchObject({ code: "secret_backend_failed" });
    const role = { auth_type: "approle", token: undefined, role_id: "role", secret_id: "s3cret" };
    const refused = await vault(role)
      .getVariable("limit")
      .catch((caught: unknown) => caught);
    expect(String(refused)).toContain("refused the role");
    expect(String(refused)).not.toContain("s3cret");
    await expect(vault({ url: "http://127.0.0.1:1" }).getVariable("limit")).rejects.toMatchObject({ code: "secret_backend_failed" });
    expect(await vault({}).getVariable("../../sys/seal")).toBeUndefined();
    expect(seen.at(-1)?.url).toBe("/v1/secret/data/variables/..%2F..%2Fsys%2Fseal");
    expect(await vault({}).getVariable("..")).toBeUndefined();
  });
});
