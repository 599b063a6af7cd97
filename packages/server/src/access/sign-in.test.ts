import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { PASSWORD, startTestServer, type TestAnswer, type TestServer, textIn } from "../testing/test-server.ts";
import { hashPassword, verifyPassword } from "./passwords.ts";
import { sha256Hex } from "./secret-text.ts";

let kit: TestServer;
beforeAll(async () => {
  kit = await startTestServer(inject("postgresUrl"));
  for (const name of ["alice", "bob", "carol", "dave", "erin", "frank"]) await kit.createUser(name, ["Admin"]);
});
afterAll(() => kit.close());

function signIn(username: string, password: string = PASSWORD, headers: { readonly [name: string]: string } = {}): Promise<TestAnswer> {
  return kit.send({ method: "POST", url: "/ui/session", body: { username, password }, headers });
}

function setCookie(answer: TestAnswer): string {
  return textIn(answer.headers["set-cookie"]);
}

/** `name=value` of the session cookie. */
function cookieOf(answer: TestAnswer): string {
  return setCookie(answer).split(";")[0] ?? "";
}

async function audit(username: string) {
  return (await kit.store.identity.pageAudit({ username, limit: 100, offset: 0 })).rows;
}

describe("passwords (D1)", () => {
  test("are hashed with argon2id, salted, and checked", async () => {
    const [first, second] = await Promise.all([hashPassword("secret"), hashPassword("secret")]);
    expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(first).not.toBe(second);
    expect(await verifyPassword(first, "secret")).toBe(true);
    expect(await verifyPassword(first, "Secret")).toBe(false);
    expect(await verifyPassword(undefined, "secret")).toBe(false);
  });
});

describe("signing in by cookie", () => {
  test("sets a cookie that scripts and other sites cannot use, and keeps only its hash", async () => {
    const answer = await signIn("alice");
    expect(answer.status).toBe(200);
    expect(answer.body["username"]).toBe("alice");
    expect(answer.body["version"]).toBe("9.9.9");
    expect(setCookie(answer)).toMatch(/^polyflow_session=[\w-]{43}; Max-Age=86400; Path=\/; HttpOnly; SameSite=Lax$/);
    const secret = cookieOf(answer).split("=")[1] ?? "";
    expect(answer.text).not.toContain(secret);
    expect((await kit.store.identity.findSession(sha256Hex(secret)))?.kind).toBe("cookie");
    expect(await kit.store.identity.findSession(secret)).toBeUndefined();
  });

  test("each sign-in gets a new session and ends the one before it in that browser (session fixation, CVE-2022-38054)", async () => {
    const first = cookieOf(await signIn("alice"));
    const second = cookieOf(await signIn("alice", PASSWORD, { cookie: first }));
    expect(second).not.toBe(first);
    expect((await kit.send({ url: "/ui/session", headers: { cookie: first } })).status).toBe(401);
    expect((await kit.send({ url: "/ui/session", headers: { cookie: second } })).status).toBe(200);
  });

  test("from a page of another site is refused (login CSRF)", async () => {
    expect((await signIn("alice", PASSWORD, { "sec-fetch-site": "cross-site" })).status).toBe(403);
    const form = {
      method: "POST",
      url: "/ui/session",
      headers: { "content-type": "text/plain" },
      body: { username: "alice", password: PASSWORD },
    } as const;
    expect((await kit.send(form)).status).toBe(415);
  });

  test("wrong password, unknown and inactive user get the same answer, which names nothing", async () => {
    await kit.createUser("inactive", ["Admin"]);
    await kit.database.execute("update polyflow.app_user set is_active = false where username = 'inactive'");
    const answers = [await signIn("bob", "wrong"), await signIn("nobody-of-this-name", "wrong"), await signIn("inactive")];
    for (const answer of answers) {
      expect(answer.status).toBe(401);
      expect(answer.body).toEqual({ detail: "User name or password is wrong.", code: "credentials_wrong" });
      expect(answer.headers["set-cookie"]).toBeUndefined();
    }
  });

  test("failures and successes are in the audit log; the password is not", async () => {
    await signIn("carol", "not-the-password-of-carol");
    await signIn("carol");
    const rows = await audit("carol");
    expect(rows.map((row) => row.event).toSorted()).toEqual(["sign_in", "sign_in_failed"]);
    expect(rows[0]?.remoteAddress).toBe("127.0.0.1");
    expect(JSON.stringify(rows)).not.toContain("not-the-password-of-carol");
  });

  test("after ten tries in a minute that account has to wait from this address, others do not", async () => {
    let answer = await signIn("dave");
    for (let tries = 0; tries < 10; tries += 1) answer = await signIn("dave");
    expect(answer.status).toBe(429);
    expect(answer.body["code"]).toBe("too_many_requests");
    expect((await signIn("erin")).status).toBe(200);
  });
});

describe("cookie sessions", () => {
  test("change nothing without the CSRF token; with it they do (D6, CVE-2019-0229)", async () => {
    const session = await signIn("erin");
    const cookie = cookieOf(session);
    const pause = (headers: { readonly [name: string]: string }) =>
      kit.send({ method: "PATCH", url: "/api/v2/dags/own", body: { is_paused: true }, headers: { cookie, ...headers } });
    const other = textIn((await signIn("frank")).body["csrfToken"]);
    for (const headers of [{}, { "x-csrf-token": "" }, { "x-csrf-token": "wrong" }, { "x-csrf-token": other }]) {
      const answer = await pause(headers);
      expect([answer.status, answer.body["code"]]).toEqual([403, "csrf_rejected"]);
    }
    expect((await kit.store.dags.getDag("own"))?.isPaused).toBe(false);
    expect((await pause({ "x-csrf-token": textIn(session.body["csrfToken"]) })).status).toBe(200);
    expect((await kit.store.dags.getDag("own"))?.isPaused).toBe(true);
    expect((await audit("erin")).map((row) => row.event)).toContain("refused");
  });

  test("end at signing out", async () => {
    const session = await signIn("erin");
    const headers = { cookie: cookieOf(session), "x-csrf-token": textIn(session.body["csrfToken"]) };
    const out = await kit.send({ method: "DELETE", url: "/ui/session", headers });
    expect(out.status).toBe(204);
    expect(setCookie(out)).toMatch(/^polyflow_session=; .*Expires=Thu, 01 Jan 1970/);
    expect((await kit.send({ url: "/ui/session", headers })).status).toBe(401);
  });

  test("a cookie's secret is no bearer token, nor the other way round", async () => {
    const secret = cookieOf(await signIn("erin")).split("=")[1] ?? "";
    expect((await kit.send({ url: "/ui/session" }, secret)).status).toBe(401);
    const token = await kit.tokenOf("Admin");
    expect((await kit.send({ url: "/ui/session", headers: { cookie: `polyflow_session=${token}` } })).status).toBe(401);
  });
});

describe("bearer tokens", () => {
  const getToken = (url: string, password: string = PASSWORD) => kit.send({ method: "POST", url, body: { username: "frank", password } });

  test("are given as Airflow 3 gives them, and die at sign-out (CVE-2025-57735, CVE-2026-86473)", async () => {
    for (const url of ["/auth/token", "/auth/token/cli"]) {
      const answer = await getToken(url);
      expect(answer.status).toBe(201);
      expect(Object.keys(answer.body)).toEqual(["access_token"]);
      const token = textIn(answer.body["access_token"]);
      expect((await kit.send({ url: "/api/v2/dags" }, token)).status).toBe(200);
      expect((await kit.send({ method: "DELETE", url: "/auth/token" }, token)).status).toBe(204);
      expect((await kit.send({ url: "/api/v2/dags" }, token)).status).toBe(401);
    }
    expect((await getToken("/auth/token", "wrong")).status).toBe(401);
  });

  test("win over a cookie, also when the token is wrong (CVE-2026-82355)", async () => {
    const cookie = cookieOf(await signIn("erin"));
    const token = await kit.tokenOf("Viewer");
    const both = await kit.send({ url: "/ui/session", headers: { cookie } }, token);
    expect(both.body["roles"]).toEqual(["Viewer"]);
    expect((await kit.send({ url: "/ui/session", headers: { cookie } }, "wrong")).status).toBe(401);
    expect((await kit.send({ url: "/ui/session", headers: { cookie, authorization: "Basic YTpi" } })).status).toBe(401);
  });

  test("die with a new password and with the user (CVE-2022-41672, CVE-2023-40273)", async () => {
    const token = textIn((await getToken("/auth/token")).body["access_token"]);
    await kit.store.identity.setPasswordHash("frank", await hashPassword("another password"));
    expect((await kit.send({ url: "/api/v2/dags" }, token)).status).toBe(401);
    const next = textIn((await getToken("/auth/token", "another password")).body["access_token"]);
    expect((await kit.send({ url: "/api/v2/dags" }, next)).status).toBe(200);
    await kit.database.execute("update polyflow.app_user set is_active = false where username = 'frank'");
    expect((await kit.send({ url: "/api/v2/dags" }, next)).status).toBe(401);
  });
});

test("over HTTPS the cookie is bound to the host and to TLS; below a base path to that path (CVE-2026-28779)", async () => {
  for (const [basePath, expected] of [
    ["", /^__Host-polyflow_session=[\w-]+; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Lax$/],
    ["/pf", /^__Secure-polyflow_session=[\w-]+; Max-Age=\d+; Path=\/pf; HttpOnly; Secure; SameSite=Lax$/],
  ] as const) {
    const secure = await startTestServer(inject("postgresUrl"), { cookieSecure: true, basePath });
    try {
      await secure.createUser("alice", ["Viewer"]);
      const answer = await secure.send({ method: "POST", url: `${basePath}/ui/session`, body: { username: "alice", password: PASSWORD } });
      expect(setCookie(answer)).toMatch(expected);
      expect(answer.headers["strict-transport-security"]).toBe("max-age=31536000; includeSubDomains");
      const cookie = cookieOf(answer);
      expect((await secure.send({ url: `${basePath}/ui/session`, headers: { cookie } })).status).toBe(200);
    } finally {
      await secure.close();
    }
  }
});
