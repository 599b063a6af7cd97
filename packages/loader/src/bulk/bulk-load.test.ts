import { randomUUID } from "node:crypto";
import { PolyflowError } from "@polyflow/contracts";
import { readFlow } from "@polyflow/metadata-model";
import { afterAll, describe, expect, test } from "vitest";
import { TestProject } from "../test-project.ts";
import type { BulkLoadRequest } from "./bulk-request.ts";
import { runBulkLoad } from "./run-bulk-load.ts";
import { ScriptedMssql } from "./testing/scripted-mssql.ts";

const LOAD_ID = "00000000-0000-4000-8000-000000000001";
const project = new TestProject();
afterAll(() => project.remove());

const PROPERTIES = `      - {name: id, logicalType: integer, physicalType: bigint, primaryKey: true}
      - {name: day, logicalType: date, physicalType: date}
      - {name: at, logicalType: timestamp, physicalType: timestamptz, logicalTypeOptions: {defaultTimezone: Europe/Moscow}}
      - {name: amount, logicalType: number, physicalType: "numeric(18,2)", logicalTypeOptions: {minimum: 0}}
      - {name: paid, logicalType: boolean, physicalType: boolean}
      - {name: note, logicalType: string, physicalType: "varchar(20)", unique: true}`;
const SOURCE = `format: csv
dialect: {delimiter: ";"}
schema:
  fields:
    - {name: id, type: integer}
    - {name: day, type: date, format: "%d.%m.%Y"}
    - {name: at, type: datetime}
    - {name: amount, type: number, decimalChar: ",", groupChar: " "}
    - {name: paid, type: boolean, trueValues: [Да], falseValues: [Нет]}
    - {name: note}
`;
const CSV = "id;day;at;amount;paid;note\n1;31.01.2026;2026-01-31T10:00:00;1 234,565;Да; blank stays \n2;;;;Нет;\n";

function describeFlow(name: string, load: string, more = "", quality = ""): void {
  project.describe(name, {
    server: "{server: erp, type: sqlserver, schema: sales}",
    source: `path: ${name}.csv\n${SOURCE}`,
    properties: PROPERTIES,
    load,
    more,
    quality,
  });
  project.write(`source/${name}.csv`, CSV);
}

async function load(session: ScriptedMssql, flow: string, more: Partial<BulkLoadRequest> = {}) {
  const lines: string[] = [];
  const result = await runBulkLoad({
    ...(await readFlow(project.dir, flow)),
    projectDir: project.dir,
    target: { connection: "erp", database: "mssql", open: () => Promise.resolve(session) },
    loadId: LOAD_ID,
    log: { info: (line) => lines.push(line), warning: (line) => lines.push(line) },
    clock: { now: () => Date.UTC(2026, 0, 31), monotonicMs: () => 0 },
    ...more,
  });
  return { ...result, lines };
}

/** What is the same for every flow is left out: the system tables have a golden file of their own. */
function script(session: ScriptedMssql): string {
  const begin = session.said.findIndex((statement) => statement.includes("sp_getapplock @Resource = N'polyflow:target"));
  return `${session.said
    .slice(begin - 1)
    .map((statement) => statement.replaceAll(/N'\{"flow.*\}'/g, "N'REPORT'").replaceAll(/[0-9a-f]{64}/g, "HASH"))
    .join(";\n")};\n`;
}

const STRATEGIES: readonly (readonly [name: string, load: string])[] = [
  ["append", "{mode: append}"],
  ["append by cursor with keys", "{mode: append, cursor: {column: at, lookback: 2 days, on_null: include}}"],
  ["replace", "{mode: replace}"],
  ["upsert", "{mode: merge}"],
  ["upsert, missing deleted", '{mode: merge, delete_missing: {max: "10%"}}'],
  ["upsert, missing marked", '{mode: merge, delete_missing: {max: "10%", action: mark}}'],
  ["delete_insert", "{mode: merge, strategy: delete_insert, dedup: first}"],
  ["insert_only", "{mode: merge, strategy: insert_only}"],
  ["scd2", "{mode: merge, strategy: scd2}"],
  ["partition", "{mode: partition, partition_by: [day]}"],
];

describe("B3: loads into MS SQL Server (statements and transactions; not run against a server)", () => {
  test.each(STRATEGIES)("%s: one transaction holds data, rejects, cursor and the ledger's row", async (name, how) => {
    const flow = name.replaceAll(/[ ,]+/g, "_");
    describeFlow(flow, how);
    const cursor = how.includes("cursor") ? ([["load_cursor", [{ value: "2026-01-30 10:00:00.000000 +03:00" }]]] as const) : [];
    const session = new ScriptedMssql({
      answers: [
        ...cursor,
        ["convert(nvarchar(40)", [{ at: "2026-01-31 00:00:00.000000 +00:00" }]],
        ["count(*) as n from [df].[load_cursor]", [{ n: "1" }]],
      ],
      touched: [["insert into [sales]", 2]],
    });
    const { report, failure } = await load(session, flow);
    expect(failure).toBeUndefined();
    expect(report).toMatchObject({ status: "loaded", rows: { read: 2, loaded: 2, rejected: 0, inserted: 2 } });
    expect(session.isClosed).toBe(true);
    expect(session.copied).toEqual([
      ["1", "1", "2026-01-31", "2026-01-31 10:00:00 +03:00", "1234.57", "true", " blank stays "],
      ["2", "2", null, null, null, "false", null],
    ]);
    expect(session.said.filter((statement) => statement.includes("begin transaction"))).toHaveLength(2); // system tables, load
    expect(session.said.at(-1)).toContain("commit transaction");
    expect(session.said.at(-2)).toContain("insert into [df].[load_ledger]");
    await expect(script(session)).toMatchFileSnapshot(`golden/mssql-${flow}.sql`);
  });

  test("B4: what the judge and what the server refuse become rejects with the record as the file has it", async () => {
    describeFlow("rejects", "{mode: append}", "contract: {data_type: quarantine}\n");
    project.write("source/rejects.csv", `${CSV}3;31.02.2026;x;-1;Да;this text is longer than twenty\n4;01.01.1700;;;;\n`);
    const session = new ScriptedMssql({
      answers: [
        ["as n1", [{ n1: "1" }]],
        ["select s._row as _row", [{ _row: "4", raw: "1700-01-01" }]],
        ["select count(*) as n from #polyflow_incoming", [{ n: "2" }]],
      ],
      touched: [["insert into [sales]", 2]],
    });
    const { report } = await load(session, "rejects");
    expect(report.rows).toMatchObject({ read: 4, loaded: 2, rejected: 2, filtered: 0 });
    expect(report.rejects).toEqual([
      { row: 3, column: "amount", value: "-1", reason: "less than the minimum 0" },
      { row: 3, column: "at", value: "x", reason: "not a time like 2024-12-31T23:59:59" },
      { row: 3, column: "day", value: "31.02.2026", reason: "not a date like %d.%m.%Y" },
      { row: 3, column: "note", value: "this text is longer than twenty", reason: "longer than 20 characters" },
      { row: 4, column: "day", value: "1700-01-01", reason: "not valid as date in MS SQL Server" },
    ]);
    const kept = session.said.find((statement) => statement.startsWith("insert into [df].[reject]"));
    expect(kept).toContain(
      'N\'{"id":"3","day":"31.02.2026","at":"x","amount":"-1","paid":"Да","note":"this text is longer than twenty"}\'',
    );
  });

  test("B6: a rule of severity error takes all of it back; rejects, results and the failed load are kept in a transaction of their own", async () => {
    describeFlow(
      "judged",
      "{mode: replace}",
      "",
      "    quality:\n      - {metric: rowCount, mustBeGreaterThan: 10, severity: error}\n      - {id: twins, metric: duplicateValues, arguments: {properties: [id, day]}, mustBe: 0}\n",
    );
    const session = new ScriptedMssql({ touched: [["insert into [sales]", 2]] });
    const { report, failure } = await load(session, "judged");
    expect(failure).toMatchObject({ code: "quality_rule_failed" });
    expect(report).toMatchObject({ status: "failed", rows: { read: 2, loaded: 0 } });
    await expect(script(session)).toMatchFileSnapshot("golden/mssql-rule-failed.sql");
  });

  test("B3: a statement that the server refuses: rolled back, kept as failed; a broken connection: nothing of it is in the target", async () => {
    describeFlow("refused", "{mode: append}");
    const refusal = new PolyflowError("load_failed", "Violation of PRIMARY KEY constraint");
    const session = new ScriptedMssql({ refuse: ["insert into [sales]", refusal] });
    const { failure, report } = await load(session, "refused");
    expect(failure).toMatchObject({ code: "load_failed" });
    expect(report.status).toBe("failed");
    const rollback = session.said.findIndex((statement) => statement.includes("rollback transaction"));
    expect(session.said.slice(rollback).some((statement) => statement.includes("insert into [df].[load_ledger]"))).toBe(true);
    const broken = new ScriptedMssql({ refuse: ["commit transaction", new PolyflowError("database_unavailable", "socket hang up")] });
    // the commit of the system tables is the first; the load's own is refused with it
    expect((await load(broken, "refused")).failure).toMatchObject({ code: "database_unavailable" });
  });

  test("B3: the same file again does nothing; another target, a contract of another database and modes that cannot be are refused", async () => {
    describeFlow("again", "{mode: append}");
    const first = new ScriptedMssql({ touched: [["insert into [sales]", 2]] });
    const { report } = await load(first, "again");
    const second = new ScriptedMssql({
      answers: [
        [
          "from [df].[load_ledger]",
          [
            {
              load_id: report.loadId.toUpperCase(),
              fingerprint: report.source.sha256,
              source_bytes: String(report.source.bytes),
              report: JSON.stringify(report),
              is_same: "1",
            },
          ],
        ],
        ["object_id(N'[sales].[again]')", [{ there: "1" }]],
        ["select count(*) as n from [sales].[again]", [{ n: "2" }]],
      ],
    });
    expect((await load(second, "again", { loadId: randomUUID() })).report.status).toBe("repeated");
    expect(second.said.some((statement) => statement.includes("insert into [sales]"))).toBe(false);
    const open = () => Promise.resolve(new ScriptedMssql());
    const elsewhere = await load(second, "again", { target: { connection: "ch", database: "clickhouse", open } });
    expect(elsewhere.failure?.message).toContain('is a table of mssql, and the connection "ch" leads to clickhouse');
  });

  test("B3: a rehearsal is taken back and leaves no row in the ledger", async () => {
    describeFlow("rehearsed", "{mode: merge}");
    const session = new ScriptedMssql({ touched: [["insert into [sales]", 2]] });
    const { report } = await load(session, "rehearsed", { dryRun: true });
    expect(report.rows.inserted).toBe(2);
    expect(session.said.some((statement) => statement.includes("insert into [df].[load_ledger]"))).toBe(false);
    expect(session.said.some((statement) => statement.includes("rollback transaction"))).toBe(true);
  });
});
