import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { provider as files } from "@polyflow/provider-files";
import { provider as postgres } from "@polyflow/provider-postgres";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { TestProject } from "./testing/test-project.ts";

let project: TestProject;

beforeAll(async () => {
  project = await TestProject.create(inject("postgresUrl"), [files, postgres]);
  project.connect("shop", "postgres", {});
});
afterAll(() => project.remove());

const COLUMNS = { id: "bigint", amount: "numeric", paid: "boolean", at: "timestamptz", note: "text" };

describe("B2, B3: a database as the source of a load", () => {
  test("the whole table, exact to the last digit; again it changes nothing", async () => {
    await project.rows(`create schema shop; create table shop.orders as select * from (values
      (9007199254740993::bigint, 0.10000000000000000001::numeric, true, timestamptz '2026-01-01 10:00:00.123456+03', 'a "b"\n,c'),
      (2, null, false, null, '')) as v(id, amount, paid, at, note)`);
    project.describe("orders", { source: "connection: shop\nsql: {table: shop.orders}", columns: COLUMNS, load: "{mode: merge}" });
    expect((await project.load("orders")).summary).toMatchObject({ status: "loaded", read: 2, inserted: 2, rejected: 0 });
    expect(
      await project.rows(
        "select count(*)::int as same from t.orders o join shop.orders s using (id, paid) where o.at is not distinct from s.at and o.amount is not distinct from s.amount",
      ),
    ).toEqual([{ same: 2 }]);
    expect((await project.load("orders")).summary).toMatchObject({ status: "repeated" });
    await project.rows("update shop.orders set amount = 5 where id = 2");
    expect((await project.load("orders")).summary).toMatchObject({ status: "loaded", updated: 1, unchanged: 1 });
  });

  test("by a cursor of the source, appended: each row once, also when nothing is new; the state commits with the rows", async () => {
    await project.rows(
      "create table shop.events (id bigint, at timestamptz); insert into shop.events select n, '2026-01-01'::timestamptz + n * interval '1 minute' from generate_series(1, 100) n",
    );
    project.describe("events", {
      source: "connection: shop\nsql: {query: 'select id, at from shop.events', cursor: at, ranges: {column: id, parts: 3}}",
      columns: { id: "bigint", at: "timestamptz" },
      load: "{mode: append}",
      keyless: true,
    });
    expect((await project.load("events")).summary).toMatchObject({ read: 100, rows: 100 });
    expect((await project.load("events")).summary).toMatchObject({ status: "loaded", read: 0, rows: 100 });
    await project.rows("insert into shop.events values (101, '2026-01-02')");
    expect((await project.load("events")).summary).toMatchObject({ read: 1, rows: 101 });
    expect(await project.rows("select state from df.source_state where flow = 'events'")).toEqual([
      { state: { cursor: "2026-01-02 00:00:00+00" } },
    ]);
  });

  test("by the cursor of the flow: the database is asked only for what is new", async () => {
    await project.rows(
      "create table shop.stock (id bigint, at timestamptz); insert into shop.stock select n, '2026-01-01'::timestamptz + n * interval '1 hour' from generate_series(1, 50) n",
    );
    project.describe("stock", {
      source: "connection: shop\nsql: {table: shop.stock}",
      columns: { id: "bigint", at: "timestamptz" },
      load: "{mode: merge, cursor: {column: at}}",
    });
    expect((await project.load("stock")).summary).toMatchObject({ read: 50, inserted: 50 });
    await project.rows("insert into shop.stock values (51, '2026-02-01')");
    expect((await project.load("stock")).summary).toMatchObject({ read: 2, inserted: 1, unchanged: 1 });
  });

  test("pieces never replace a table; two loads never take the same piece", async () => {
    project.describe("events_replaced", {
      source: "connection: shop\nsql: {table: shop.events, cursor: at}",
      columns: { id: "bigint", at: "timestamptz" },
      load: "{mode: replace}",
    });
    expect((await project.load("events_replaced")).reason).toMatch(/would replace the whole table/);
    await project.rows("insert into shop.events values (102, '2026-01-03')");
    const both = await Promise.all([project.load("events"), project.load("events")]);
    expect(both.map(({ state }) => state).toSorted()).toEqual(["failed", "success"]);
    expect(both.find(({ state }) => state === "failed")?.reason).toMatch(/has read the same piece/);
    expect(await project.rows("select count(*)::int as rows from t.events")).toEqual([{ rows: 102 }]);
  });
});

describe("B2: files on servers as the source of a load", () => {
  const file = (name: string, content: string): void => {
    const path = join(project.dir, "exchange", name);
    writeFileSync(path, content);
    utimesSync(path, new Date(0), new Date(0));
  };

  test("a drop folder: each file once, in order of names; what fails goes aside, and the others are loaded all the same", async () => {
    mkdirSync(join(project.dir, "exchange/in"), { recursive: true });
    project.connect("exchange", "fs", { extra: { path: join(project.dir, "exchange") } });
    project.describe("prices", {
      source: "path: fs://exchange/in/prices_*.csv\nformat: csv\ndropFolder: {failed: 'fs://exchange/bad'}",
      columns: { id: "bigint", amount: "numeric" },
      load: "{mode: merge}",
    });
    expect((await project.load("prices")).summary).toMatchObject({ status: "repeated", read: 0 });
    file("in/prices_1.csv", "id,amount\n1,1.5\n2,2\n");
    file("in/prices_2.csv", "broken\n1\n");
    file("in/prices_3.csv", "id,amount\n2,3\n");
    writeFileSync(join(project.dir, "exchange/in/prices_4.csv"), "id,amount\n9,9\n");
    const result = await project.load("prices");
    expect(result.state).toBe("failed");
    expect(result.reason).toMatch(/the column "id", "amount" is missing/);
    expect(result.reports.map(({ source, status }) => [source.file, status])).toEqual([
      ["prices_1.csv", "loaded"],
      ["prices_2.csv", "failed"],
      ["prices_3.csv", "loaded"],
    ]);
    expect(readdirSync(join(project.dir, "exchange/in"))).toEqual(["archive", "prices_4.csv"]);
    expect(readdirSync(join(project.dir, "exchange/in/archive"))).toEqual(["prices_1.csv", "prices_3.csv"]);
    expect(readFileSync(join(project.dir, "exchange/bad/prices_2.csv"), "utf8")).toBe("broken\n1\n");
    expect(await project.rows("select id::int, amount::float from t.prices order by id")).toEqual([
      { id: 1, amount: 1.5 },
      { id: 2, amount: 3 },
    ]);
  });

  test("one file, by its address; the scheme has to be that of the connection", async () => {
    file("one.csv", "id,amount\n7,7\n");
    project.describe("one", {
      source: "path: fs://exchange/one.csv\nformat: csv",
      columns: { id: "bigint", amount: "numeric" },
      load: "{mode: merge}",
    });
    expect((await project.load("one")).summary).toMatchObject({ read: 1, inserted: 1 });
    expect((await project.load("one")).summary).toMatchObject({ status: "repeated" });
    project.describe("other", { source: "path: sftp://exchange/one.csv\nformat: csv", columns: { id: "bigint" }, load: "{mode: merge}" });
    expect((await project.load("other")).reason).toMatch(/which is of type "fs"/);
  });
});

test("B1: what is wrong in an external source is named with its line", async () => {
  const wrong = (name: string, source: string): void =>
    project.describe(name, { source, columns: { id: "bigint" }, load: "{mode: merge}" });
  wrong("bad_a", "connection: shop\nsql: {table: a, query: b}");
  wrong("bad_b", "sql: {table: a, initial: 5}\nformat: csv");
  wrong("bad_c", "connection: shop\nrest: {path: /x, paging: {kind: cursor, parametr: c}}");
  wrong("bad_d", "path: sftp://user:pw@host/x.csv\nformat: csv");
  const reason = async (name: string): Promise<string> => (await project.load(name)).reason ?? "";
  expect(await reason("bad_a")).toMatch(/bad_a.yaml:3:6.*exactly one of `table` and `query`/);
  expect(await reason("bad_b")).toMatch(
    /`sql` needs the id of a connection[^]*`format` is for files[^]*`initial` means nothing without `cursor`/,
  );
  expect(await reason("bad_c")).toMatch(/unknown key `parametr`.*parameter/);
  expect(await reason("bad_d")).toMatch(/bad_d.yaml:2:7.*id of a connection, never a host or a user/);
});
