import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ERROR_CODES, PolyflowError } from "@polyflow/contracts";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { startTestServer, type TestServer, textIn } from "../testing/test-server.ts";
import { ERROR_STATUS, publicMessage } from "./error-status.ts";

let kit: TestServer;
let webRoot: string;
let url: string;
beforeAll(async () => {
  webRoot = await mkdtemp(join(tmpdir(), "polyflow-web-test-"));
  await mkdir(join(webRoot, "assets"));
  await writeFile(join(webRoot, "index.html"), "<!doctype html><title>Polyflow</title>");
  await writeFile(join(webRoot, "assets", "app-1a2b3c.js"), "console.log('app');".repeat(500));
  await writeFile(join(webRoot, "..", "outside.txt"), "outside");
  await symlink("/etc/hostname", join(webRoot, "assets", "link.txt"));
  kit = await startTestServer(inject("postgresUrl"), { webRoot });
  ({ url } = await kit.server.listen());
});
afterAll(async () => {
  await kit.close();
  await rm(webRoot, { recursive: true, force: true });
});

/** What every answer carries (ASVS 3.4). */
function expectSecurityHeaders(headers: { readonly [name: string]: unknown }, what: string): void {
  const policy = String(headers["content-security-policy"]);
  for (const directive of ["default-src 'self'", "script-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]) {
    expect(policy, what).toContain(directive);
  }
  expect(
    policy.split("; ").find((directive) => directive.startsWith("script-src")),
    what,
  ).not.toContain("unsafe");
  expect(headers["x-content-type-options"], what).toBe("nosniff");
  expect(headers["x-frame-options"], what).toBe("DENY");
  expect(headers["referrer-policy"], what).toBe("same-origin");
  expect(headers["access-control-allow-origin"], what).toBeUndefined();
  expect(headers["x-powered-by"], what).toBeUndefined();
}

describe("every answer", () => {
  test("carries the security headers and is not kept by caches, errors included (CVE-2024-25142)", async () => {
    const admin = await kit.tokenOf("Admin");
    const requests = [
      [{ url: "/api/v2/version" }, 200],
      [{ url: "/api/v2/dags" }, 401],
      [{ url: "/api/v2/connections", token: await kit.tokenOf("Viewer") }, 403],
      [{ url: "/api/v2/nothing" }, 404],
      [{ url: "/api/v2/dags/none", token: admin }, 404],
      [{ url: "/api/v2/dags?limit=x", token: admin }, 422],
      [{ url: "/api/v2/dags/%E0%A4%A", token: admin }, 400],
      [{ url: "/auth/token", method: "POST", headers: { "content-type": "text/xml" }, body: "x" }, 415],
      [{ url: "/auth/token", method: "POST", headers: { "content-type": "application/json" }, body: "x".repeat(2_000_000) }, 413],
    ] as const;
    for (const [request, status] of requests) {
      const answer = await kit.send(
        { headers: { origin: "https://evil.example" }, ...request },
        "token" in request ? request.token : undefined,
      );
      expect(answer.status, request.url).toBe(status);
      expectSecurityHeaders(answer.headers, request.url);
      expect(answer.headers["cache-control"], request.url).toBe("no-store");
      if (status >= 400) {
        expect(
          Object.keys(answer.body).filter((key) => key !== "details"),
          request.url,
        ).toEqual(["detail", "code"]);
        expect(Object.keys(ERROR_CODES), request.url).toContain(answer.body["code"]);
      }
    }
  });

  test("a broken body is an error of the caller, and prototypes cannot be reached through one (ASVS 15.3.6)", async () => {
    for (const payload of ["{", '{"__proto__": {"isAdmin": true}}', '{"username": "a", "constructor": {"prototype": {}}}']) {
      const answer = await kit.server.inject({
        method: "POST",
        url: "/auth/token",
        headers: { "content-type": "application/json" },
        payload,
      });
      expect([400, 422]).toContain(answer.statusCode);
      expect(answer.json().code).toBe("request_invalid");
    }
  });

  test("an unexpected failure shows neither stack nor statement, and its request id leads to the log (CVE-2026-30912)", async () => {
    const admin = await kit.tokenOf("Admin");
    await kit.store.secrets.saveVariable({ key: "broken", value: "x", description: null });
    await kit.database.execute("update polyflow.variable set value_token = 'no-token' where key = 'broken'");
    const answer = await kit.send({ url: "/api/v2/variables/broken" }, admin);
    expect([answer.status, answer.body["code"]]).toEqual([500, "secret_undecipherable"]);
    expect(answer.text).not.toMatch(/no-token|select|\.ts|fernet/i);
    const requestId = textIn(answer.headers["x-request-id"]);
    expect(kit.loggedErrors.filter((line) => line.includes(requestId))).toHaveLength(1);
  });

  test("a request that is no HTTP, or whose head is endless, does not bring the server down", async () => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write(`GET / HTTP/1.1\r\nx: ${"y".repeat(100_000)}\r\n\r\n`);
    await new Promise((resolve) => socket.once("close", resolve));
    expect((await fetch(`${url}/api/v2/version`)).status).toBe(200);
  });
});

test("a field that is refused is shown with what was sent, unless that may be a secret", async () => {
  const admin = await kit.tokenOf("Admin");
  const refused = async (method: "GET" | "POST", path: string, body?: object) => {
    const answer = await kit.send({ url: `/api/v2/${path}`, method, ...(body === undefined ? {} : { body }) }, admin);
    expect(answer.status).toBe(422);
    return textIn(answer.body["detail"]);
  };
  expect(await refused("POST", "dags/own/dagRuns", { dag_run_id: "my run" })).toContain('at most 250 (it is "my run")');
  expect(await refused("POST", "dags/own/dagRuns", { logical_date: "x".repeat(500) })).toMatch(/\(it is "x{99}…\)$/);
  expect(await refused("GET", "dags?limit=lots")).toContain('query.limit: Invalid input: expected number, received NaN (it is "lots")');
  expect(await refused("GET", "dags/own/dagRuns?state=asleep")).toContain('(it is "asleep")');
  expect(await refused("POST", "pools", { name: "p", slots: [1] })).toMatch(/received array$/);
  const connection = await refused("POST", "connections", {
    connection_id: "a",
    conn_type: "b c!",
    password: 4711,
    extra: 4712,
    login: 4713,
  });
  expect(connection).toContain("body.password");
  expect(connection).not.toMatch(/471[123]/);
});

describe("error codes", () => {
  test("each has a status that fits its fault", () => {
    for (const [code, status] of Object.entries(ERROR_STATUS)) {
      const fault = new PolyflowError(code as keyof typeof ERROR_CODES, "x").fault;
      if (fault === "bug") expect(status, code).toBe(500);
      expect(status, code).toBeGreaterThanOrEqual(400);
    }
  });

  test("messages about the machine stay in the server", () => {
    expect(publicMessage("database_unavailable", "connect ECONNREFUSED 10.0.0.7:5432", "r")).not.toContain("10.0.0.7");
    expect(publicMessage("internal", "secret", "r-1")).toMatch(/r-1/);
    expect(publicMessage("dag_not_found", "There is no DAG.", "r")).toBe("There is no DAG.");
  });
});

describe("the interface's files", () => {
  test("hashed ones are kept for ever, the page is asked for each time, every address of the page's router gets the page", async () => {
    const asset = await kit.send({ url: "/assets/app-1a2b3c.js" });
    expect([asset.status, asset.headers["cache-control"]]).toEqual([200, "public, max-age=31536000, immutable"]);
    for (const path of ["/", "/dags/own/runs/manual__2026-01-01T00:00:00.5+00:00", "/dags/sales.daily", "/index.html"]) {
      const page = await kit.send({ url: path });
      expect([page.status, page.headers["cache-control"]], path).toEqual([200, "no-cache"]);
      expect(page.text, path).toContain("<title>Polyflow</title>");
      expectSecurityHeaders(page.headers, path);
    }
    const packed = await kit.server.inject({ url: "/assets/app-1a2b3c.js", headers: { "accept-encoding": "gzip" } });
    expect(packed.headers["content-encoding"]).toBe("gzip");
  });

  test("files that are not there are 404, as are unknown addresses of the API", async () => {
    for (const path of ["/assets/none-123.js", "/api/v2/none", "/ui/none", "/execution/v1/none", "/auth/none", "/api"]) {
      const answer = await kit.send({ url: path });
      expect([answer.status, answer.body["code"]], path).toEqual([404, "not_found"]);
    }
    expect((await kit.send({ method: "POST", url: "/" })).status).toBe(404);
  });

  test("nothing outside of the folder is reached (ASVS 5.3.2)", async () => {
    for (const path of [
      "/../outside.txt",
      "/assets/../../outside.txt",
      "/..%2foutside.txt",
      "/assets/%2e%2e/%2e%2e/outside.txt",
      "/%2fetc%2fpasswd.txt",
      "/assets/..\\..\\outside.txt",
      "/.%00./outside.txt",
    ]) {
      const status = await rawGet(path);
      expect(status.text, path).not.toContain("outside\n");
      expect(status.text, path).not.toBe("outside");
      expect(status.text, path).not.toContain("root:");
    }
  });
});

/** Sends the path as it is, without the tidying that URL parsers do. */
function rawGet(path: string): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(url);
    httpRequest({ port, path, host: "127.0.0.1" }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    })
      .on("error", reject)
      .end();
  });
}
