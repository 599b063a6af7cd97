import { randomBytes } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { dag } from "@polyflow/sdk";
import { runDag } from "@polyflow/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { http, type HttpOptions } from "./http.ts";
import { httpSensor, type HttpSensorOptions } from "./http-sensor.ts";
import { provider } from "./provider.ts";
import { json, startTestService, type TestService } from "./testing/test-service.ts";

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.stop());

async function run(describeTasks: () => void) {
  const connections = { api: service.connection({}, { login: "me", password: "pw" }) };
  return (await runDag(dag("a", describeTasks), { connections, providers: [provider] })).task("t");
}
const sent = <Output>(options: Omit<HttpOptions<Output>, "id" | "connection">) =>
  run(() => void http({ id: "t", connection: "api", ...options }));
const looked = <Value>(options: Omit<HttpSensorOptions<Value>, "id" | "connection">) =>
  run(() => void httpSensor({ id: "t", connection: "api", timeout: "2s", interval: "10ms", softFail: true, ...options }));

describe("A4: the http operator", () => {
  test("sends what it is told, with templates rendered; the body is the output, or what the filter takes", async () => {
    service.answer = ({ method, url, headers, body }, response) =>
      json(response, { method, path: url.pathname + url.search, type: headers["content-type"], body });
    const task = await sent({ path: "orders/{{ dag.dag_id }}", method: "POST", query: { n: 1 }, body: { who: "{{ task.task_id }}" } });
    expect(task.output).toEqual({ method: "POST", path: "/v1/orders/a?n=1", type: "application/json", body: '{"who":"t"}' });
    expect((await sent({ path: "x", filter: ({ status, headers }) => [status, headers["content-type"]] })).output).toEqual([
      200,
      "application/json",
    ]);
    service.answer = (_request, response) => void response.end("plain");
    expect((await sent({ path: "x" })).output).toBe("plain");
  });

  test("answers are checked; what passes is tried again, what stays wrong fails for good", async () => {
    service.answer = (_request, response) => void response.writeHead(404).end("no order");
    expect(await sent({ path: "x" })).toMatchObject({
      state: "failed",
      reason: expect.stringMatching(/GET x of connection "api" answered 404.*no order/),
    });
    expect((await sent({ path: "x", check: ({ status }) => status === 404 })).state).toBe("success");
    let count = 0;
    service.answer = (_request, response) =>
      ++count === 1 ? void response.writeHead(503, { "retry-after": "0" }).end() : json(response, 1);
    expect((await sent({ path: "x" })).output).toBe(1);
    count = 0;
    expect((await sent({ path: "x", method: "POST" })).state).toBe("failed");
    service.answer = (_request, response) => void response.end("x".repeat(2000));
    expect((await sent({ path: "x", maxBytes: 1000 })).reason).toMatch(/more than 1000 bytes/);
  });
});

test("A4: the http operator asks page after page, each as the answer before says, up to a limit", async () => {
  const seen: string[] = [];
  service.answer = ({ url }, response) => {
    seen.push(url.search);
    const page = Number(url.searchParams.get("page") ?? "1");
    json(response, { rows: [page], next: page < 3 ? page + 1 : null });
  };
  interface Page {
    readonly rows: readonly number[];
    readonly next: number | null;
  }
  const pageOf = (body: unknown): Page => body as Page;
  const paged = (changes: Partial<HttpOptions<readonly number[]>> = {}) =>
    sent<readonly number[]>({
      path: "rows",
      query: { size: 1 },
      filter: ({ body }) => pageOf(body).rows,
      nextPage: ({ body }) => {
        const { next } = pageOf(body);
        return next === null ? undefined : { query: { page: next } };
      },
      ...changes,
    });
  expect((await paged()).output).toEqual([[1], [2], [3]]);
  expect(seen).toEqual(["?size=1", "?size=1&page=2", "?size=1&page=3"]);
  expect((await paged({ maxPages: 2 })).reason).toMatch(/rows of connection "api" has more than 2 pages/);
  expect((await paged({ nextPage: () => ({ path: "https://other.example/x" }) })).reason).toMatch(/not on the host of connection "api"/);
  service.answer = (_request, response) => void response.writeHead(401).end("who?");
  expect((await paged()).reason).toMatch(/connection "api" answered 401.*polyflow connections get api/);
});

test("A4, A5: options that types would refuse are import errors", () => {
  const described =
    (options: object, what: typeof http | typeof httpSensor = http) =>
    () =>
      dag("a", () => void what({ id: "t", connection: "api", path: "x", ...options } as never));
  expect(described({ method: "FETCH" })).toThrow('task "t": method: "FETCH" is not one of "GET", "HEAD"');
  expect(described({ retrys: 2 })).toThrow(/no option "retrys". Options: connection, path, method/);
  expect(described({ connection: undefined }, httpSensor)).toThrow("connection is missing: it has to be a text.");
  expect(described({ mode: "defer", check: true }, httpSensor)).toThrow("check: true is not a function.");
});

test("A5: httpSensor waits for the answer", async () => {
  let count = 0;
  service.answer = (_request, response) =>
    ++count < 3 ? void response.writeHead(404).end() : json(response, { state: count < 5 ? "building" : "ready" });
  const task = await looked({ path: "report", check: ({ body }) => JSON.stringify(body).includes("ready") });
  expect(task.output).toEqual({ state: "ready" });
  expect(count).toBe(5);
  service.answer = (_request, response) => void response.writeHead(500).end();
  expect((await looked({ path: "report" })).reason).toMatch(/answered 500/);
});

describe("B2: files of a web server", () => {
  test("a download that breaks goes on where it broke; one that has changed meanwhile fails", async () => {
    const content = randomBytes(300_000);
    let version = '"1"';
    service.answer = ({ headers, method }, response) => {
      const start = Number(/bytes=(\d+)-/.exec(headers.range ?? "")?.[1] ?? 0);
      response.writeHead(start > 0 ? 206 : 200, { "content-length": String(content.length - start), etag: version });
      if (method === "HEAD" || start > 0) response.end(content.subarray(start));
      else response.write(content.subarray(0, 100_000), () => response.destroy());
    };
    const store = (await provider.openFiles?.(service.connection())) ?? expect.unreachable();
    expect(await store.stat("a.bin")).toMatchObject({ size: 300_000 });
    expect((await buffer(await store.read("a.bin"))).equals(content)).toBe(true);
    const changing = await store.read("a.bin");
    version = '"2"';
    await expect(buffer(changing)).rejects.toThrow(/has changed meanwhile/);
  });

  test("what a web server cannot, what is not there, and what leads out", async () => {
    const store = (await provider.openFiles?.(service.connection())) ?? expect.unreachable();
    service.answer = (_request, response) => void response.writeHead(404).end();
    expect(await store.stat("none")).toBeUndefined();
    await expect(store.read("none")).rejects.toMatchObject({ code: "file_not_found" });
    await expect(store.list("*")).rejects.toThrow(/files there are only read/);
    await expect(store.read("../secret")).rejects.toThrow(/leads out/);
  });
});

test("A8: a test of the connection says what answered, or that the sign-in is refused", async () => {
  const signal = AbortSignal.timeout(5000);
  service.answer = (_request, response) => void response.writeHead(404).end();
  expect(await provider.test(service.connection(), signal)).toMatch(/v1\/ answered 404/);
  service.answer = (_request, response) => void response.writeHead(401).end();
  await expect(provider.test(service.connection(), signal)).rejects.toThrow(/refuses the sign-in/);
  await expect(provider.test(service.connection({}, { host: "http://127.0.0.1:1" }), signal)).rejects.toThrow(
    /cannot be asked: .*ECONNREFUSED/,
  );
});
