import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Permission } from "@polyflow/contracts";
import { type Logger, silentLogger, systemClock } from "@polyflow/service-kit";
import type { Store } from "@polyflow/store";
import { repeating } from "@polyflow/store/testing";
import { inject } from "vitest";
import { hashPassword } from "../access/passwords.ts";
import { sha256Hex } from "../access/secret-text.ts";
import { createServer, type PolyflowServer } from "../create-server.ts";
import type { ServerOptions } from "../server-options.ts";
import { createTestDatabase, type TestDatabase } from "./test-database.ts";
import { testFile, testSpec } from "./test-dags.ts";

export const WORKER_KEY = "worker-key-of-the-test-0123456789abcdef";
/** Requests that fail for want of the database are sent so often. */
const MOST_TIMES = 10;
export const PASSWORD = "correct horse battery staple";

/** An answer with its body read as JSON. */
export interface TestAnswer {
  readonly status: number;
  readonly headers: { readonly [name: string]: unknown };
  readonly text: string;
  readonly body: TestJson;
}

/** JSON that tests look into without ceremony; what is not there is undefined and fails the expectation. */
export interface TestJson {
  readonly [name: string]: TestJson;
  readonly [index: number]: TestJson;
}

/** A value of an answer that has to be text. */
export function textIn(value: unknown): string {
  if (typeof value !== "string") throw new TypeError(`${JSON.stringify(value)} is no text`);
  return value;
}

export interface TestRequest {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS";
  readonly url: string;
  readonly body?: unknown;
  readonly headers?: { readonly [name: string]: string };
  /** Sent as multipart/form-data with one part `file`. */
  readonly file?: { readonly name: string; readonly content: string };
}

export interface TestServer {
  readonly server: PolyflowServer;
  /** The calls of a worker in the same process. */
  readonly attempts: PolyflowServer["attempts"];
  /** Connections of the store break now and then. */
  readonly hasFaults: boolean;
  readonly store: Store;
  readonly database: TestDatabase;
  readonly logDir: string;
  /** What the server logged as errors: stacks of answers with status 500. */
  readonly loggedErrors: readonly string[];
  /** Sends a request; `token`: bearer. */
  send(request: TestRequest, token?: string): Promise<TestAnswer>;
  /** A bearer token of a new user with a built-in role. */
  tokenOf(role: string): Promise<string>;
  /** A bearer token of a new user with exactly these rights. */
  tokenWith(permissions: readonly Permission[]): Promise<string>;
  createUser(username: string, roles: readonly string[]): Promise<number>;
  close(): Promise<void>;
}

/** A server on a database of its own with two DAGs, `own` and `foreign`, in files of their own. */
export async function startTestServer(adminUrl: string, changes: Partial<ServerOptions> = {}): Promise<TestServer> {
  const database = await createTestDatabase(adminUrl);
  // With faults the test is the client that asks once more, of the store and of the server, which is given the store as it is.
  const hasFaults = inject("hasStorageFaults") === true;
  const store = hasFaults ? repeating(database.store) : database.store;
  const logDir = await mkdtemp(join(tmpdir(), "polyflow-server-test-"));
  await store.identity.syncBuiltInRoles();
  await store.dags.publishParsedFile(testFile("own.ts", [testSpec("own")]));
  await store.dags.publishParsedFile(testFile("foreign.ts", [testSpec("foreign")]));
  const loggedErrors: string[] = [];
  const note = (line: string): void => {
    if (!hasFaults || !line.includes("database_unavailable")) loggedErrors.push(line);
  };
  const logger: Logger = { ...silentLogger, error: (message, fields) => note(`${message} ${JSON.stringify(fields)}`) };
  const server = await createServer({
    store: database.store,
    clock: systemClock,
    logger,
    host: "127.0.0.1",
    port: 0,
    version: "9.9.9",
    logDir,
    signingKey: randomBytes(32),
    workerKey: WORKER_KEY,
    timezone: "Europe/Moscow",
    cookieSecure: false,
    uploads: { dir: join(logDir, "data"), maxBytes: 1000, extensions: [".csv"], maxTotalBytes: 0, keepDays: 0 },
    installation: { configuration: () => [{ section: "core", key: "parallelism", value: "32", source: "default", description: "" }] },
    ...changes,
  });
  const passwordHash = await hashPassword(PASSWORD);

  const createUser = async (username: string, roles: readonly string[]): Promise<number> => {
    const names = { firstName: "Test", lastName: username, email: `${username}@example.org` };
    return (await store.identity.createUser({ username, ...names, passwordHash, roles })).userId;
  };
  const tokenFor = async (roles: readonly string[]): Promise<string> => {
    const userId = await createUser(`user-${randomBytes(4).toString("hex")}`, roles);
    const token = randomBytes(32).toString("base64url");
    await store.identity.createSession({ tokenHash: sha256Hex(token), userId, kind: "token", expiresAt: new Date(Date.now() + 3_600_000) });
    return token;
  };

  return {
    server,
    attempts: hasFaults ? repeating(server.attempts) : server.attempts,
    hasFaults,
    store,
    database,
    logDir,
    loggedErrors,
    createUser,
    send: (request, token) => untilAnswered(() => send(server, request, token)),
    tokenOf: (role) => tokenFor([role]),
    async tokenWith(permissions) {
      const role = `role-${randomBytes(4).toString("hex")}`;
      await database.execute("insert into polyflow.role (name, is_built_in) values ($1, false)", [role]);
      for (const { action, resource, dagId } of permissions) {
        await database.execute(
          "insert into polyflow.role_permission (role_id, action, resource, dag_id) select role_id, $2, $3, $4 from polyflow.role where name = $1",
          [role, action, resource, dagId ?? null],
        );
      }
      return tokenFor([role]);
    },
    async close() {
      await server.close();
      await database.drop();
      await rm(logDir, { recursive: true, force: true });
    },
  };
}

/** As a client does: what could not be had for want of the database is asked for again. */
export async function untilAnswered<Answer extends { readonly body: unknown }>(ask: () => Promise<Answer>): Promise<Answer> {
  let answer = await ask();
  for (let times = 1; inject("hasStorageFaults") === true && times < MOST_TIMES && isWithoutDatabase(answer); times++) answer = await ask();
  return answer;
}

function isWithoutDatabase({ body }: { readonly body: unknown }): boolean {
  return (Buffer.isBuffer(body) ? body.toString("utf8") : JSON.stringify(body)).includes('"database_unavailable"');
}

async function send(server: PolyflowServer, request: TestRequest, token?: string): Promise<TestAnswer> {
  const form = request.file === undefined ? undefined : multipartOf(request.file);
  const answer = await server.inject({
    method: request.method ?? "GET",
    url: request.url,
    headers: {
      ...(request.body === undefined ? {} : { "content-type": "application/json" }),
      ...form?.headers,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...request.headers,
    },
    ...(request.body === undefined ? {} : { payload: JSON.stringify(request.body) }),
    ...(form === undefined ? {} : { payload: form.payload }),
  });
  const isJson = answer.body !== "" && String(answer.headers["content-type"] ?? "").startsWith("application/json");
  return { status: answer.statusCode, headers: answer.headers, text: answer.body, body: isJson ? answer.json() : {} };
}

function multipartOf({ name, content }: NonNullable<TestRequest["file"]>) {
  const boundary = "----boundary-of-the-test";
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\ncontent-type: text/csv\r\n\r\n`;
  return { headers: { "content-type": `multipart/form-data; boundary=${boundary}` }, payload: `${head}${content}\r\n--${boundary}--\r\n` };
}
