import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import type { ExternalSource, JsonObject, RestExtract } from "@polyflow/contracts";
import type { Connection, ExtractRequest } from "@polyflow/sdk";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { provider } from "./provider.ts";
import { nextLink } from "./rest-pages.ts";
import { json, startTestService, type TestService } from "./testing/test-service.ts";

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
beforeEach(() => void service.requests.splice(0));
afterAll(() => service.stop());

async function read(
  source: ExternalSource,
  connection: Connection,
  state?: JsonObject,
): Promise<{ readonly records: unknown[]; readonly text: string; readonly state: JsonObject | undefined }> {
  const request: ExtractRequest = {
    source,
    name: "orders",
    fields: [],
    state,
    inclusive: true,
    loadedMessages: () => Promise.resolve(new Set()),
    log: { debug: () => undefined, info: () => undefined, warning: () => undefined, error: () => undefined },
    signal: AbortSignal.timeout(10_000),
  };
  const extract = (await provider.extract?.(connection, request)) ?? expect.unreachable();
  const content = await text(extract.content);
  const records = content.split("\n").flatMap((line): unknown[] => (line === "" ? [] : [JSON.parse(line)]));
  return { records, text: content, state: extract.state() };
}

const rest = (source: Omit<RestExtract, "kind">, connection = service.connection(), state?: JsonObject) =>
  read({ kind: "rest", ...source }, connection, state);
const asked = (): string[] => service.requests.map(({ url }) => url.pathname + url.search);

describe("B2: a REST API as a source, paged", () => {
  const all = [1, 2, 3, 4, 5].map((id) => ({ id }));
  const pages = [all.slice(0, 2), all.slice(2, 4), all.slice(4)];

  test("by page number, until a page is short", async () => {
    service.answer = ({ url }, response) => json(response, { data: { items: pages[Number(url.searchParams.get("page")) - 1] ?? [] } });
    const source = { path: "orders", records: "data.items", query: { active: true } };
    expect((await rest({ ...source, paging: { kind: "page", size: 2, sizeParameter: "per_page" } })).records).toEqual(all);
    expect(asked()).toEqual([1, 2, 3].map((page) => `/v1/orders?active=true&page=${page}&per_page=2`));
    expect((await rest({ ...source, paging: { kind: "page" } })).records).toEqual(all);
    expect(asked()).toHaveLength(7);
  });

  test("by offset", async () => {
    service.answer = ({ url }, response) =>
      json(response, all.slice(Number(url.searchParams.get("skip")), Number(url.searchParams.get("skip")) + 2));
    expect(
      (await rest({ path: "/orders", paging: { kind: "offset", parameter: "skip", sizeParameter: "take", size: 2 } })).records,
    ).toEqual(all);
    expect(asked()).toEqual([0, 2, 4].map((skip) => `/v1/orders?skip=${skip}&take=2`));
  });

  test("by cursor, by Link header, by an address in the answer", async () => {
    service.answer = ({ url }, response) => {
      const page = Number(url.searchParams.get("c") ?? 0);
      const next = page < 2 ? page + 1 : null;
      const address = `/v1/orders?c=${next}&x=1`;
      const link = next === null ? "" : `<${service.origin}/first>; rel="first", <${address}>; rel="next"`;
      json(response, { rows: pages[page], meta: { next, address: next === null ? "" : service.origin + address } }, { link });
    };
    const source = { path: "orders", records: "rows" };
    expect((await rest({ ...source, paging: { kind: "cursor", parameter: "c", next: "meta.next" } })).records).toEqual(all);
    expect((await rest({ ...source, paging: { kind: "link" } })).records).toEqual(all);
    expect((await rest({ ...source, paging: { kind: "nextUrl", next: "meta.address" } })).records).toEqual(all);
    expect(nextLink('<https://a/b?c=1,2>; title="x"; rel="prev next"')).toBe("https://a/b?c=1,2");
  });

  test("paging that never ends is found out", async () => {
    service.answer = (_request, response) => json(response, { rows: [1], next: "same" });
    const source = { path: "orders", records: "rows", paging: { kind: "cursor", parameter: "c", next: "next" } } as const;
    await expect(rest(source)).rejects.toThrow(/same page is named twice/);
    service.answer = (_request, response) => json(response, { rows: [1] });
    await expect(rest({ ...source, paging: { kind: "page" }, maxPages: 3 })).rejects.toThrow(/did not end after 3 pages/);
  });
});

describe("B2, B3: what is new, and what is exact", () => {
  test("numbers beyond 2^53 and written decimals arrive as they were written, also compressed", async () => {
    service.answer = (_request, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
      response.end(gzipSync('[{"id":9007199254740993,"price":1.10,"nested":{"big":[12345678901234567890]},"e":1e3}]'));
    };
    expect((await rest({ path: "orders" })).text).toBe(
      '{"id":9007199254740993,"price":1.10,"nested":{"big":[12345678901234567890]},"e":1e3}\n',
    );
  });

  test("the parameter says since when; the greatest value is what the next load begins with", async () => {
    service.answer = (_request, response) => json(response, '[{"at":"2026-01-02T00:00:00Z","n":9},{"at":"2026-01-01T00:00:00Z","n":10}]');
    const byTime = { path: "orders", incremental: { parameter: "since", field: "at", initial: "2020-01-01" } };
    expect((await rest(byTime)).state).toEqual({ cursor: "2026-01-02T00:00:00Z" });
    expect((await rest({ path: "orders", incremental: { parameter: "since", field: "n" } }, undefined, { cursor: "5" })).state).toEqual({
      cursor: "10",
    });
    service.answer = (_request, response) => json(response, []);
    expect((await rest(byTime, undefined, { cursor: "2026-01-02T00:00:00Z" })).state).toEqual({ cursor: "2026-01-02T00:00:00Z" });
    expect(asked()).toEqual(["/v1/orders?since=2020-01-01", "/v1/orders?since=5", "/v1/orders?since=2026-01-02T00%3A00%3A00Z"]);
  });

  test("answers that are not what the source says", async () => {
    service.answer = (_request, response) => void response.end("<html>");
    await expect(rest({ path: "orders" })).rejects.toThrow(/expects JSON, and the answer is none.*<html>/);
    service.answer = (_request, response) => json(response, { total: 1, item: {} });
    await expect(rest({ path: "orders" })).rejects.toThrow(/the answer is no list; the answer has: total, item/);
  });
});

describe("B2: sign-in, refusals, and services that are busy", () => {
  const sent = async (extra: JsonObject, parts: Partial<Connection> = {}) => {
    service.answer = (_request, response) => json(response, []);
    await rest({ path: "orders" }, service.connection(extra, parts));
    return service.requests.at(-1);
  };

  test("basic, bearer, key in a header, key in the query, further headers", async () => {
    const secret = { login: "me", password: "s3 cret" };
    expect((await sent({}, secret))?.headers.authorization).toBe(`Basic ${Buffer.from("me:s3 cret").toString("base64")}`);
    expect((await sent({ auth: "bearer" }, secret))?.headers.authorization).toBe("Bearer s3 cret");
    expect((await sent({ auth: "api_key_header", api_key_name: "X-Key" }, secret))?.headers["x-key"]).toBe("s3 cret");
    expect((await sent({ auth: "api_key_query", api_key_name: "key" }, secret))?.url.searchParams.get("key")).toBe("s3 cret");
    expect((await sent({ headers: '{"X-Tenant": "a"}' }))?.headers["x-tenant"]).toBe("a");
  });

  test("OAuth 2: one token for many requests, a new one when the service refuses it", async () => {
    let tokens = 0;
    service.answer = ({ url, headers, body }, response) => {
      if (url.pathname === "/token") {
        expect(headers.authorization).toBe(`Basic ${Buffer.from("app:pw%3A").toString("base64")}`);
        expect(body).toBe("grant_type=client_credentials&scope=read");
        json(response, { access_token: `t${++tokens}`, expires_in: 3600 });
      } else if (headers.authorization === "Bearer t1" && url.searchParams.get("page") === "2") response.writeHead(401).end();
      else json(response, url.searchParams.get("page") === "3" ? [] : [1]);
    };
    const connection = service.connection(
      { auth: "oauth2", token_url: `${service.origin}/token`, scope: "read" },
      { login: "app", password: "pw:" },
    );
    expect((await rest({ path: "orders", paging: { kind: "page" } }, connection)).records).toEqual([1, 1]);
    expect(tokens).toBe(2);
  });

  test("429 and 503 are tried again when the service says, other faults are not; the message has status and answer, no key", async () => {
    let count = 0;
    service.answer = (_request, response) => {
      count++;
      if (count < 3) response.writeHead(count === 1 ? 429 : 503, { "retry-after": "0" }).end();
      else json(response, [1]);
    };
    expect((await rest({ path: "orders" })).records).toEqual([1]);
    expect(count).toBe(3);
    service.answer = (_request, response) => void response.writeHead(422).end("no such field");
    service.requests.length = 0;
    const connection = service.connection({ auth: "api_key_query", api_key_name: "key" }, { password: "hidden" });
    const failure: unknown = await rest({ path: "orders" }, connection).catch((error: unknown) => error);
    expect(String(failure)).toMatch(/GET http:\/\/127.0.0.1:\d+\/v1\/orders of connection "api" answered 422: no such field/);
    expect(String(failure)).not.toContain("hidden");
    expect(service.requests).toHaveLength(1);
  });

  test("not more requests per second than the source allows", async () => {
    const times: number[] = [];
    service.answer = ({ url }, response) => {
      times.push(performance.now());
      json(response, url.searchParams.get("page") === "4" ? [] : [1]);
    };
    await rest({ path: "orders", paging: { kind: "page" }, requestsPerSecond: 20 });
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(140);
  });

  test("D6: answers do not lead us or our credentials to other hosts", async () => {
    const other = await startTestService();
    try {
      other.answer = (_request, response) => json(response, { rows: [2], next: "" });
      const source = { path: "orders", records: "rows", paging: { kind: "nextUrl", next: "next" } } as const;
      service.answer = (_request, response) => json(response, { rows: [1], next: `${other.origin}/v1/orders` });
      const secret = { login: "me", password: "pw" };
      await expect(rest(source, service.connection({}, secret))).rejects.toThrow(/is not on the host of connection "api"/);
      service.answer = (_request, response) => void response.writeHead(302, { location: "http://169.254.169.254/latest" }).end();
      await expect(rest(source, service.connection())).rejects.toThrow(/169.254.169.254\/latest is not on the host/);
      expect(other.requests).toHaveLength(0);
      service.answer = (_request, response) => json(response, { rows: [1], next: `${other.origin}/v1/orders` });
      const allowed = service.connection({ allowed_hosts: new URL(other.origin).host }, secret);
      expect((await rest(source, allowed)).records).toEqual([1, 2]);
      expect(other.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    } finally {
      await other.stop();
    }
  });
});

describe("B2: a SOAP service as a source", () => {
  const source = {
    kind: "soap",
    path: "rates",
    action: "urn:GetRates",
    body: '<GetRates xmlns="urn:bank"><day>{{day}}</day></GetRates>',
    parameters: { day: "2026-01-01 <&>" },
    records: "GetRatesResponse.Rates.Rate",
  } as const;
  const envelope = (body: string) =>
    `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${body}</s:Body></s:Envelope>`;
  const answering = (body: string, status = 200) => {
    service.answer = (_request, response) => void response.writeHead(status, { "content-type": "text/xml" }).end(body);
  };

  test("records at a path, texts as they are, attributes, a single record, none", async () => {
    answering(
      envelope(
        '<b:GetRatesResponse xmlns:b="urn:bank"><b:Rates><b:Rate code="USD"><v>001.50</v></b:Rate><b:Rate code="EUR"><v>a&amp;b</v></b:Rate></b:Rates></b:GetRatesResponse>',
      ),
    );
    expect((await read(source, service.connection())).records).toEqual([
      { "@code": "USD", v: "001.50" },
      { "@code": "EUR", v: "a&b" },
    ]);
    const [got] = service.requests;
    expect(got?.headers["soapaction"]).toBe('"urn:GetRates"');
    expect(got?.body).toContain('<soap:Body><GetRates xmlns="urn:bank"><day>2026-01-01 &lt;&amp;&gt;</day></GetRates></soap:Body>');
    answering(envelope("<GetRatesResponse><Rates><Rate><v>1</v></Rate></Rates></GetRatesResponse>"));
    expect((await read(source, service.connection())).records).toEqual([{ v: "1" }]);
    answering(envelope("<GetRatesResponse><Rates/></GetRatesResponse>"));
    expect((await read(source, service.connection())).records).toEqual([]);
  });

  test("faults, wrong paths, and documents that want more than they should (D6)", async () => {
    answering(envelope("<s:Fault><faultcode>s:Client</faultcode><faultstring>no such day</faultstring></s:Fault>"));
    await expect(read(source, service.connection())).rejects.toThrow(/answered a fault.*no such day/);
    answering(envelope("<OtherResponse/>"));
    await expect(read(source, service.connection())).rejects.toThrow(
      /no `GetRatesResponse.Rates.Rate` in its body, which has: OtherResponse/,
    );
    answering(`<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>${envelope("&f;")}`);
    await expect(read(source, service.connection())).rejects.toThrow(/declares a document type/);
    await expect(read({ ...source, parameters: {} }, service.connection())).rejects.toThrow(/no "day"/);
  });
});
