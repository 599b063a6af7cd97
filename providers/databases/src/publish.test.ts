import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { readProject } from "@polyflow/metadata-model";
import { provider as postgres } from "@polyflow/provider-postgres";
import { type Connection, dag } from "@polyflow/sdk";
import { runDag } from "@polyflow/testing";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { csvCells } from "./csv-cells.ts";
import { provider } from "./provider.ts";
import { publish, type PublishOptions } from "./publish.ts";
import { mssqlScript } from "./publish-mssql.ts";

const TIMEOUT = { timeout: 60_000 };
const schema = `pub_${randomBytes(4).toString("hex")}`;
const projectDir = mkdtempSync(join(tmpdir(), "publish-test-"));
const COLUMNS: readonly (readonly [name: string, type: string])[] = [
  ["id", "bigint"],
  ["name", "varchar(100)"],
  ["note", "text"],
  ["amount", "numeric(18,2)"],
  ["paid", "boolean"],
  ["day", "date"],
  ["at", "timestamptz"],
];

/** What ClickHouse's HTTP interface was asked, and what it answers. */
const asked: string[] = [];
let refuse = "";
let clickhouse: Server;

beforeAll(async () => {
  mkdirSync(join(projectDir, "metadata/entities"), { recursive: true });
  const properties = COLUMNS.map(
    ([name, type], index) =>
      `      - {name: ${name}, logicalType: string, physicalType: "${type}"${index === 0 ? ", primaryKey: true" : ""}}`,
  );
  writeFileSync(
    join(projectDir, "metadata/entities/orders.odcs.yaml"),
    "apiVersion: v3.1.0\nkind: DataContract\nid: sales.orders\nversion: 1.0.0\nstatus: active\n" +
      `servers: [{server: df, type: postgres, schema: ${schema}}]\nschema:\n  - name: orders\n    properties:\n${properties.join("\n")}\n`,
  );
  await sql(`create schema ${schema}`);
  await sql(`create table ${schema}.orders (${COLUMNS.map(([name, type]) => `${name} ${type}`).join(", ")})`);
  await sql(
    `insert into ${schema}.orders values (9007199254740993, 'a "b", c', E'two\nlines', 0.10, true, '2026-01-31', '2026-01-31 03:00:00.123456+03'), (2, '', null, null, null, null, null)`,
  );
  clickhouse = createServer((request, response) => {
    text(request).then(
      (body) => {
        const query = new URL(request.url ?? "", "http://x").searchParams.get("query") ?? "";
        const said = `${query}\n${body}`
          .trim()
          .replaceAll(/_stage_[0-9a-f]{32}/g, "_stage_ID")
          .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "LOAD");
        if (!/^select 1\b/i.test(said)) asked.push(said);
        if (refuse !== "" && said.includes(refuse)) {
          response.statusCode = 500;
          response.end("Code: 241. DB::Exception: Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)");
        } else response.end(said.startsWith("select count()") ? '{"n":"2"}\n' : "");
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((listening) => clickhouse.listen(0, "127.0.0.1", listening));
});
afterAll(async () => {
  await sql(`drop schema ${schema} cascade`);
  clickhouse.closeAllConnections();
  await new Promise((closed) => clickhouse.close(closed));
  rmSync(projectDir, { recursive: true });
});

async function sql(statement: string): Promise<void> {
  const session = await postgres.openSql(connectionOf("df"));
  try {
    await session.query(statement);
  } finally {
    await session.close();
  }
}

function connectionOf(id: string): Connection {
  const url = new URL(inject("postgresUrl"));
  const warehouse = { login: decodeURIComponent(url.username), password: decodeURIComponent(url.password), schema: url.pathname.slice(1) };
  const { port } = id === "df" ? { port: Number(url.port) } : (clickhouse.address() as AddressInfo);
  const far = { login: "default", password: "", schema: "default" };
  return {
    connectionId: id,
    type: id === "df" ? "postgres" : "clickhouse",
    host: "127.0.0.1",
    port,
    extra: {},
    ...(id === "df" ? warehouse : far),
  };
}

async function run(options: Partial<PublishOptions>): Promise<{ readonly output: unknown; readonly reason: string | null }> {
  asked.length = 0;
  const definition = dag(
    "publish",
    () => void publish({ id: "publish", entity: "sales.orders", to: "marts", table: "marts.orders", ...options }),
  );
  const ran = await runDag(definition, {
    projectDir,
    providers: [provider, postgres],
    connections: (id) => Promise.resolve(connectionOf(id)),
  });
  return ran.task("publish");
}

describe("B3: ClickHouse gets tables of the warehouse over its HTTP interface", () => {
  test("replace: rows as exact CSV into a table beside the target, then both are exchanged", TIMEOUT, async () => {
    expect(await run({})).toMatchObject({ output: { table: "marts.orders", rows: 2 } });
    await expect(`${asked.join("\n;\n")}\n`).toMatchFileSnapshot("golden/clickhouse-replace.txt");
  });

  test("append: what an earlier try of the same run left goes first; only the rows that are asked for", TIMEOUT, async () => {
    await run({ mode: "append", where: "id > 2" });
    const [removed, added] = asked.slice(-3);
    expect(removed).toBe("alter table `marts`.`orders` delete where _load_id = toUUID('LOAD')");
    expect(added).toMatch(
      /^insert into `marts`\.`orders` \(.*`_load_id`, `_loaded_at`\) select .*toUUID\('LOAD'\), now64\(6\) from `marts`\.`orders__stage_ID` as i$/,
    );
    expect(asked.find((query) => query.startsWith("INSERT"))?.split("\n")).toHaveLength(4);
  });

  test("an error leaves the target alone and takes the staging table away; strategies that change rows are refused", TIMEOUT, async () => {
    refuse = "FORMAT CSVWithNames";
    const { reason } = await run({});
    refuse = "";
    expect(reason).toContain("Memory limit exceeded");
    expect(asked.some((query) => query.startsWith("exchange"))).toBe(false);
    expect(asked.at(-1)).toBe("drop table if exists `marts`.`orders__stage_ID`");
    expect((await run({ mode: "merge" })).reason).toContain("ClickHouse can append and replace");
    expect((await run({ to: "df" })).reason).toContain("PostgreSQL is loaded by flows");
    expect((await run({ entity: "sales.other" })).reason).toContain("there are sales.orders");
  });
});

/** Runs the statements, given as JSON, in a ClickHouse in its process, and prints the rows of the target. */
const IN_CHDB = `
import json, sys
from chdb import session
clickhouse = session.Session()
for statement in json.load(sys.stdin):
    if statement.startswith("INSERT"):
        head, rows = statement.split("\\n", 1)
        settings = "settings format_csv_null_representation='', input_format_csv_empty_as_default=0, date_time_input_format='best_effort' "
        statement = head.replace("FORMAT", settings + "FORMAT") + "\\n" + rows + "\\n"
    clickhouse.query(statement)
print(clickhouse.query("select * except (_load_id, _loaded_at) from marts.orders order by id format JSONStringsEachRow"))
`;
/** How ClickHouse writes NULL where all values are texts. */
const NULL = "ᴺᵁᴸᴸ";
const hasChdb = spawnSync("python3", ["-c", "import chdb"]).status === 0;

test.skipIf(!hasChdb)(
  "B3: a real ClickHouse takes the statements and has the exact values (skipped: needs Python with chdb)",
  { timeout: 120_000 },
  async () => {
    await run({});
    const statements = asked
      .filter((said) => !said.includes("'ping'"))
      .map((said) => said.replaceAll("LOAD", "00000000-0000-4000-8000-000000000001"));
    const ended = spawnSync("python3", ["-c", IN_CHDB], { input: JSON.stringify(statements), encoding: "utf8" });
    expect(ended.stderr).toBe("");
    const rows: unknown[] = ended.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rows).toEqual([
      { id: "2", name: "", note: NULL, amount: NULL, paid: NULL, day: NULL, at: NULL },
      {
        id: "9007199254740993",
        name: 'a "b", c',
        note: "two\nlines",
        amount: "0.1",
        paid: "true",
        day: "2026-01-31",
        at: "2026-01-31 00:00:00.123456",
      },
    ]);
  },
);

describe("B3: MS SQL Server", () => {
  test.each(["replace", "append", "merge"] as const)("the statements of %s are what they were (not run against a server)", async (mode) => {
    const entity = (await readProject(projectDir)).entities.get("sales.orders");
    if (entity === undefined) throw new Error("no entity");
    const { before, after } = mssqlScript({ entity, mode, target: ["marts", "orders"], loadId: "00000000-0000-4000-8000-000000000001" });
    await expect(`${[...before, "-- bulk copy into #polyflow_text", ...after].join(";\n")};\n`).toMatchFileSnapshot(
      `golden/mssql-${mode}.sql`,
    );
  });

  test("a number without digits is refused, not rounded", async () => {
    const entity = (await readProject(projectDir)).entities.get("sales.orders");
    if (entity === undefined) throw new Error("no entity");
    const columns = entity.columns.map((column) => ({
      ...column,
      physicalType: column.column === "amount" ? "numeric" : column.physicalType,
    }));
    const plan = { entity: { ...entity, columns }, mode: "replace", target: ["marts", "orders"], loadId: "x" } as const;
    expect(() => mssqlScript(plan)).toThrow(/numeric\(18,2\)/);
  });

  test.each([1, 2, 3, 7, 1000])("records of the extract come out whole when they arrive in pieces of %i bytes", async (size) => {
    const csv = Buffer.from('id,text\n1,"a ""b"", c"\n2,\n3,""\n4,"two\nlines ы"\n');
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < csv.length; at += size) yield csv.subarray(at, at + size);
    }
    const records: (string | null)[][] = [];
    for await (const record of csvCells(pieces())) records.push(record);
    expect(records).toEqual([
      ["1", 'a "b", c'],
      ["2", null],
      ["3", ""],
      ["4", "two\nlines ы"],
    ]);
  });
});
