import { randomUUID } from "node:crypto";
import { text } from "node:stream/consumers";
import type { ExternalSource, JsonObject } from "@polyflow/contracts";
import type { Connection, ExtractRequest } from "@polyflow/sdk";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { provider } from "./provider.ts";

const url = new URL(inject("postgresUrl"));
const database = `t_${randomUUID().replaceAll("-", "")}`;
let client: Client;

beforeAll(async () => {
  const admin = new Client({ connectionString: url.href });
  await admin.connect();
  await admin.query(`create database ${database}`);
  await admin.end();
  client = new Client({ connectionString: Object.assign(new URL(url), { pathname: `/${database}` }).href });
  await client.connect();
});
afterAll(async () => {
  await client.end();
});

const connection: Connection = {
  connectionId: "shop",
  type: "postgres",
  host: url.hostname,
  port: Number(url.port),
  login: decodeURIComponent(url.username),
  password: decodeURIComponent(url.password),
  schema: database,
  extra: {},
};

async function extract(
  source: Omit<Extract<ExternalSource, { kind: "sql" }>, "kind">,
  more: Partial<ExtractRequest> = {},
): Promise<{ readonly csv: string; readonly state: JsonObject | undefined }> {
  const found = await provider.extract(connection, {
    source: { kind: "sql", ...source },
    name: "orders",
    fields: [],
    state: undefined,
    inclusive: false,
    loadedMessages: () => Promise.resolve(new Set()),
    log: { debug: () => undefined, info: () => undefined, warning: () => undefined, error: () => undefined },
    signal: new AbortController().signal,
    ...more,
  });
  try {
    const csv = await text(found.content);
    return { csv, state: found.state() };
  } finally {
    await found.close();
  }
}

describe("B2: PostgreSQL as a source", () => {
  test("values keep all digits, zones and the difference of NULL and an empty text", async () => {
    await client.query(`create table kinds as select 9007199254740993::int8 as big, 0.10000000000000000001::numeric as exact,
      timestamptz '2026-02-03 04:05:06.123456+05:30' as at, true as yes, ''::text as empty, null::text as nothing,
      E'a "b"\\n,c'::text as odd, array['x', null]::text[] as list, 'Ёж'::text as "имя"`);
    const { csv } = await extract({ table: "public.kinds" });
    expect(csv).toBe(
      'big,exact,at,yes,empty,nothing,odd,list,имя\n9007199254740993,0.10000000000000000001,2026-02-02 22:35:06.123456+00,true,"",,"a ""b""\n,c","[""x"",null]",Ёж\n',
    );
  });

  test("by cursor: the next load begins after the last committed value; a merge takes that value again", async () => {
    await client.query(
      "create table events (id int8, at timestamp); insert into events values (1, '2026-01-01 10:00'), (2, '2026-01-01 11:00')",
    );
    const first = await extract({ query: "select id, at from events;", cursor: "at" });
    expect(first).toEqual({ csv: "id,at\n1,2026-01-01 10:00:00\n2,2026-01-01 11:00:00\n", state: { cursor: "2026-01-01 11:00:00" } });
    await client.query("insert into events values (3, '2026-01-01 11:00'), (4, '2026-01-01 11:30')");
    const after = { state: first.state };
    expect((await extract({ table: "events", cursor: "at" }, after)).csv).toBe("id,at\n4,2026-01-01 11:30:00\n");
    expect((await extract({ table: "events", cursor: "at" }, { ...after, inclusive: true })).csv).toContain("3,2026-01-01 11:00:00");
    const overlapping = await extract({ table: "events", cursor: "at", overlap: 3600 }, { ...after, inclusive: true });
    expect(overlapping.csv.split("\n")).toHaveLength(6);
    await expect(extract({ table: "events", cursor: "at", overlap: 1 }, after)).rejects.toThrow(/has to merge them/);
  });

  test("rows without a cursor are never lost silently", async () => {
    await client.query("create table late (id int8, at timestamp); insert into late values (1, null), (2, '2026-01-01')");
    await expect(extract({ table: "late", cursor: "at" })).rejects.toThrow(/1 rows of source "orders" have no value of the cursor/);
    expect((await extract({ table: "late", cursor: "at", nullCursor: "include" })).csv).toContain("1,\n");
    expect((await extract({ table: "late", cursor: "at", nullCursor: "exclude" })).csv).toBe("id,at\n2,2026-01-01 00:00:00\n");
  });

  test("in ranges: each row once, the header first, rows without a value too", async () => {
    await client.query("create table wide as select n as id, 'two' || E'\\n' || 'lines' as note from generate_series(-5, 5000) n");
    await client.query("insert into wide values (null, 'x')");
    const { csv } = await extract({ table: "wide", ranges: { column: "id", parts: 4 } });
    expect(csv.startsWith("id,note\n")).toBe(true);
    const ids = csv.match(/^-?\d*(?=,)/gm)?.map(Number);
    expect(ids).toHaveLength(5007);
    expect(new Set(ids).size).toBe(5006);
  });

  test("a fault in the query is the author's, with its place", async () => {
    await expect(extract({ query: "select no_such from pg_class" })).rejects.toThrow(/no_such.*SQLSTATE 42703/);
  });
});
