import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Connection } from "@polyflow/sdk";
import { dag } from "@polyflow/sdk";
import { provider } from "@polyflow/provider-postgres";
import { runDag } from "@polyflow/testing";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { duckdb, type DuckdbOptions, type DuckdbSummary } from "./duckdb.ts";

const TIMEOUT = { timeout: 60_000 };
const projectDir = mkdtempSync(join(tmpdir(), "duckdb-test-"));
const schema = `duck_${randomBytes(4).toString("hex")}`;

beforeAll(() => {
  mkdirSync(join(projectDir, "source"));
  writeFileSync(join(projectDir, "source/sales.csv"), 'day,shop,amount\n2026-01-01,"A, north",1.50\n2026-01-01,B,2.25\n2026-01-02,B,10\n');
  writeFileSync(join(projectDir, "source/shops.ndjson"), '{"shop":"A, north","tags":["x","y"]}\n{"shop":"B","tags":[]}\n');
  symlinkSync("/etc/hosts", join(projectDir, "source/hosts.csv"));
});
afterAll(async () => {
  await run({ inputs: {}, query: "select 1" }); // the last one: nothing of the earlier ones is left open
  rmSync(projectDir, { recursive: true });
});

function warehouse(): Connection {
  const url = new URL(inject("postgresUrl"));
  return {
    connectionId: "df",
    type: "postgres",
    host: url.hostname,
    port: Number(url.port),
    login: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    schema: url.pathname.slice(1),
    extra: {},
  };
}

async function run(options: Omit<DuckdbOptions, "id">): Promise<{ readonly output: DuckdbSummary; readonly reason: string | null }> {
  const definition = dag("duck", () => void duckdb({ id: "run", ...options }));
  const ran = await runDag(definition, { projectDir, providers: [provider], connections: () => Promise.resolve(warehouse()) });
  const { output, reason } = ran.task("run");
  return { output: output as unknown as DuckdbSummary, reason };
}

const inputs = { sales: "sales.csv", shops: "shops.ndjson" };

describe("B9: DuckDB over files of the project", () => {
  test("a query joins CSV and JSON; its rows are the output", TIMEOUT, async () => {
    const query =
      "select shop, sum(amount)::decimal(10,2) as total, len(any_value(tags)) as tags from sales join shops using (shop) group by 1 order by 1;";
    expect((await run({ inputs, query })).output).toEqual({
      rows: 2,
      target: null,
      data: [
        { shop: "A, north", total: "1.50", tags: "2" },
        { shop: "B", total: "12.25", tags: "0" },
      ],
    });
    expect((await run({ inputs: {}, query: "select * from range(1001)" })).reason).toContain("more than 1000 rows");
  });

  test("a Parquet file appears when it is complete, and can be read again; nothing half written stays", TIMEOUT, async () => {
    expect((await run({ inputs, query: "select * from sales", to: { file: "out/sales.parquet" } })).output).toMatchObject({ rows: 3 });
    expect((await run({ inputs: { again: "out/*.parquet" }, query: "select count(*) as n from again" })).output.data).toEqual([{ n: "3" }]);
    await run({ inputs, query: "select shop, amount from sales order by amount", to: { file: "out/sales.csv" } });
    expect(readFileSync(join(projectDir, "source/out/sales.csv"), "utf8")).toBe('shop,amount\n"A, north",1.5\nB,2.25\nB,10.0\n');
    expect((await run({ inputs, query: "select nothing from sales", to: { file: "out/broken.json" } })).reason).toContain("nothing");
    expect(readdirSync(join(projectDir, "source/out")).toSorted()).toEqual(["sales.csv", "sales.parquet"]);
  });

  test("a table is made and replaced, or added to, with exact values of all types", TIMEOUT, async () => {
    const query =
      "select 9007199254740993::bigint as big, 0.1::decimal(20,10) as exact, [1, 2] as list, {'a': 'ы'} as object, " +
      "timestamptz '2026-01-01 00:00:00+03' as instant, date '2026-01-01' as day, null::varchar as nothing, '' as empty, true as yes, 'a\"b\\,' as text, '\\xFF'::blob as bytes";
    const table = `${schema}.kinds`;
    expect((await run({ inputs: {}, query, to: { table } })).output).toMatchObject({ rows: 1, target: table });
    await run({ inputs: {}, query, to: { table, mode: "append" } });
    const ask = async (sql: string): Promise<unknown> => {
      const ran = await runDag(
        dag("ask", () => void duckdb({ id: "none", inputs: {}, query: "select 1" })),
        { projectDir },
      );
      expect(ran.state).toBe("success");
      const session = await provider.openSql(warehouse());
      try {
        return await session.query(sql);
      } finally {
        await session.close();
      }
    };
    const [row] = (await ask(
      `select count(*) over ()::int as n, big::text, exact::text, list::text, object->>'a' as object, (instant at time zone 'utc')::text as instant, day::text, nothing, empty, yes, text, bytes::text from ${table}`,
    )) as readonly object[];
    expect(row).toEqual({
      n: 2,
      big: "9007199254740993",
      exact: "0.1000000000",
      list: "[1, 2]",
      object: "ы",
      instant: "2025-12-31 21:00:00",
      day: "2026-01-01",
      nothing: null,
      empty: "",
      yes: true,
      text: 'a"b\\,',
      bytes: "\\xff",
    });
    await run({ inputs: {}, query: "select range as n from range(9000)", to: { table: `${schema}.many` } });
    await run({ inputs: {}, query: "select range as n from range(8500)", to: { table: `${schema}.many` } });
    expect(await ask(`select count(*)::int as n, sum(n)::int as sum from ${schema}.many`)).toEqual([{ n: 8500, sum: (8499 * 8500) / 2 }]);
    await ask(`drop schema ${schema} cascade`);
  });

  test.for([
    ["other files", "select * from read_csv('/etc/passwd')"],
    ["other files by a way round", "select * from read_text(getvariable('x') || '../../../../etc/hostname')"],
    ["the network", "select * from read_csv('https://127.0.0.1/x.csv')"],
    ["other databases", "select * from (attach '/tmp/other.db')"],
    ["extensions", "load httpfs"],
    ["its settings", "set enable_external_access = true"],
  ])("security: a query reaches no %s", TIMEOUT, async ([, query = ""]) => {
    expect((await run({ inputs: {}, query })).reason).toMatch(/DuckDB: /);
    expect((await run({ inputs: {}, query, to: { file: "out/stolen.csv" } })).reason).toMatch(/DuckDB: /);
    expect(readdirSync(join(projectDir, "source/out"))).not.toContain("stolen.csv");
  });

  test("security: paths do not leave the project, not by dots and not by links", TIMEOUT, async () => {
    expect((await run({ inputs: { a: "../../x.csv" }, query: "select 1" })).reason).toContain("leads out of");
    expect((await run({ inputs: { a: "../../*.csv" }, query: "select 1" })).reason).toContain("leads out of");
    expect((await run({ inputs: { a: "hosts.csv" }, query: "select 1" })).reason).toContain("is a link that leads out");
    expect((await run({ inputs: {}, query: "select 1", to: { file: "../x.csv" } })).reason).toContain("leads out of");
    expect((await run({ inputs: { a: "sales.xlsx" }, query: "select 1" })).reason).toContain(".parquet");
  });
});
