import { randomUUID } from "node:crypto";
import type { LoadReport } from "@polyflow/contracts";
import { readFlow } from "@polyflow/metadata-model";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LoadResult } from "../load-request.ts";
import { TestProject } from "../test-project.ts";
import { runBulkLoad } from "./run-bulk-load.ts";
import { ChdbServer, hasChdb } from "./testing/chdb-session.ts";

const project = new TestProject();
let server: ChdbServer;
beforeAll(() => {
  if (hasChdb) server = new ChdbServer();
});
afterAll(() => {
  server?.end();
  project.remove();
});

function describeFlow(name: string, load: string, more = "", quality = ""): void {
  project.describe(name, {
    server: "{server: ch, type: clickhouse, database: marts}",
    source: `path: ${name}.csv\nformat: csv\nschema:\n  fields:\n    - {name: id, type: integer}\n    - {name: day, type: date, format: "%d.%m.%Y"}\n    - {name: at, type: datetime}\n    - {name: amount, type: number, decimalChar: "."}\n    - {name: paid, type: boolean, trueValues: [Да], falseValues: [Нет]}\n    - {name: note}\n`,
    properties: `      - {name: id, logicalType: integer, physicalType: bigint, primaryKey: true}
      - {name: day, logicalType: date, physicalType: date}
      - {name: at, logicalType: timestamp, physicalType: timestamptz, logicalTypeOptions: {defaultTimezone: Europe/Moscow}}
      - {name: amount, logicalType: number, physicalType: "numeric(18,2)"}
      - {name: paid, logicalType: boolean, physicalType: boolean}
      - name: note
        logicalType: string
        physicalType: text
        quality:
          - {id: plain, metric: invalidValues, arguments: {pattern: "[^!]*", maxLength: 100}, mustBe: 0, severity: warning}
          - {id: empty, metric: missingValues, arguments: {missingValues: ["н/д", ""]}, mustBe: 0, severity: warning}`,
    load,
    more,
    quality,
  });
}

async function load(flow: string, csv: string, refuse?: string): Promise<LoadResult> {
  project.write(`source/${flow}.csv`, `id,day,at,amount,paid,note\n${csv}`);
  return runBulkLoad({
    ...(await readFlow(project.dir, flow)),
    projectDir: project.dir,
    target: { connection: "ch", database: "clickhouse", open: () => Promise.resolve(server.session(refuse)) },
    loadId: randomUUID(),
    log: { info: () => undefined, warning: () => undefined },
    clock: { now: () => Date.now(), monotonicMs: () => performance.now() },
  });
}

/** A rule of each kind that looks at more than rows one by one. */
const RULES = `    quality:
      - {metric: rowCount, mustBeGreaterThan: 1, severity: error}
      - {id: twins, metric: duplicateValues, arguments: {properties: [day]}, mustBe: 0, severity: warning}
      - {id: large, type: sql, query: "select countIf(amount > 5) from {object}", mustBe: 0}
      - {id: fresh, type: custom, engine: polyflow, implementation: {rule: freshness}, mustBeLessThan: 1, unit: hours}
      - {id: usual, type: custom, engine: polyflow, implementation: {rule: volume, measure: change}, mustBeLessThan: 50}
`;

const rowsOf = (flow: string) => server.ask(`select id, day, at, amount, paid, note from marts.${flow} order by id, at`);
const counts = ({ rows }: LoadReport) => rows;

describe.skipIf(!hasChdb)("B3: loads into ClickHouse, a real one (skipped: needs Python with chdb)", { timeout: 300_000 }, () => {
  test("append: exact values; the same file again does nothing; another one is added", async () => {
    describeFlow("hits", "{mode: append}");
    const csv = '9007199254740993,31.01.2026,2026-01-31T10:00:00.123456,1234.565,Да," blank stays, ""so"" "\n2,,,,Нет,\n';
    const { report, failure } = await load("hits", csv);
    expect(failure?.message).toBeUndefined();
    expect(counts(report)).toMatchObject({ read: 2, loaded: 2, inserted: 2, rejected: 0, target: 2 });
    const expected = [
      { id: "2", day: null, at: null, amount: null, paid: "false", note: null },
      {
        id: "9007199254740993",
        day: "2026-01-31",
        at: "2026-01-31 07:00:00.123456",
        amount: "1234.57",
        paid: "true",
        note: ' blank stays, "so" ',
      },
    ];
    expect(await rowsOf("hits")).toEqual(expected);
    expect((await load("hits", csv)).report.status).toBe("repeated");
    expect(counts((await load("hits", "3,,,,,\n")).report)).toMatchObject({ inserted: 1, target: 3 });
    expect(server.said.filter((statement) => statement.includes("attach partition"))).toHaveLength(2);
    expect(await server.ask("select count() as n from system.tables where database = 'marts'")).toEqual([{ n: "1" }]);
  });

  test("B4, B6: rejects are kept; a failed rule leaves the table as it was, and neither twin nor ledger says otherwise", async () => {
    describeFlow("judged", "{mode: replace, max_shrink: 100%}", "", RULES);
    const { report } = await load("judged", "1,31.01.2026,,1,,a\n2,31.01.2026,,1,,b\n3,31.02.2026,,1,,c\n");
    expect(counts(report)).toMatchObject({ read: 3, loaded: 2, rejected: 1, target: 2 });
    expect(report.rules.map(({ name, status, actual }) => [name, status, actual])).toEqual([
      ["plain", "passed", 0],
      ["empty", "passed", 0],
      ["rowCount", "passed", 2],
      ["twins", "warned", 1],
      ["large", "passed", 0],
      ["fresh", "passed", expect.any(Number)],
      ["usual", "passed", 0],
    ]);
    expect(await server.ask("select rule, record from df.rule_sample order by rule, position limit 1")).toEqual([
      { rule: "twins", record: expect.stringContaining('"day":"2026-01-31"') },
    ]);
    expect(await server.ask(`select row_number, column_name, raw_value, record from df.reject where load_id = '${report.loadId}'`)).toEqual(
      [
        {
          row_number: "3",
          column_name: "day",
          raw_value: "31.02.2026",
          record: '{"id":"3","day":"31.02.2026","at":null,"amount":"1","paid":null,"note":"c"}',
        },
      ],
    );
    const failed = await load("judged", "7,,,,,\n");
    expect(failed.failure).toMatchObject({ code: "quality_rule_failed" });
    expect((await rowsOf("judged")).map(({ id }) => id)).toEqual(["1", "2"]);
    expect(await server.ask("select count() as n from df.load_ledger final where flow = 'judged' and status = 'failed'")).toEqual([
      { n: "1" },
    ]);
    expect((await load("judged", "8,,,,,\n9,,,,,\n")).report.rows).toMatchObject({ deleted: 2, inserted: 2 });
    expect((await rowsOf("judged")).map(({ id }) => id)).toEqual(["8", "9"]);
  });

  test("append by cursor: with keys known rows are left out, without them equal rows, twins counted; the cursor is the ledger's", async () => {
    describeFlow("keyed", "{mode: append, cursor: {column: at, lookback: 1 day, on_null: include}}");
    await load("keyed", "1,,2026-01-01T00:00:00,,,\n2,,2026-01-02T00:00:00,,,\n");
    const { report, failure } = await load(
      "keyed",
      "0,,2025-12-01T00:00:00,,,\n2,,2026-01-02T00:00:00,,,changed\n3,,2026-01-03T00:00:00,,,\n",
    );
    expect(failure?.message).toBeUndefined();
    expect(counts(report)).toMatchObject({ read: 3, filtered: 1, loaded: 2, inserted: 1, unchanged: 1 });
    expect(report.cursor).toMatchObject({ before: "2026-01-01 21:00:00.000000", after: "2026-01-02 21:00:00.000000" });
    project.describe("bare", {
      server: "{server: ch, type: clickhouse, database: marts}",
      source: "path: bare.csv\nformat: csv\nschema: {fields: [{name: at, type: integer}, {name: note}]}\n",
      properties: "      - {name: at, logicalType: integer, physicalType: bigint}\n      - {name: note, logicalType: string}",
      load: "{mode: append, cursor: {column: at}}",
    });
    const bare = async (csv: string) => {
      project.write("source/bare.csv", `at,note\n${csv}`);
      return runBulkLoad({
        ...(await readFlow(project.dir, "bare")),
        projectDir: project.dir,
        target: { connection: "ch", database: "clickhouse", open: () => Promise.resolve(server.session()) },
        loadId: randomUUID(),
        log: { info: () => undefined, warning: () => undefined },
        clock: { now: () => Date.now(), monotonicMs: () => performance.now() },
      });
    };
    await bare("1,a\n1,a\n");
    expect((await bare("1,a\n1,a\n1,a\n2,\n")).report.rows).toMatchObject({ read: 4, inserted: 2, unchanged: 2, target: 4 });
  });

  test("a load that dies between publishing and saying so: its rows are taken back by a later load, not doubled", async () => {
    describeFlow("dying", "{mode: append}");
    await load("dying", "1,,,,,\n");
    const dead = await load("dying", "2,,,,,\n", "insert into `df`.`load_ledger`");
    expect(dead.failure).toMatchObject({ code: "database_unavailable" });
    expect(await rowsOf("dying")).toHaveLength(2);
    const busy = await load("dying", "2,,,,,\n");
    expect(busy.failure?.message).toContain("has not said that it is done");
    // time goes by for the note of the dead load
    await server.ask("create table df.older as df.load_intent");
    await server.ask("insert into df.older select load_id, target, flow, mode, state, at - interval 1 hour from df.load_intent");
    await server.ask("exchange tables df.older and df.load_intent");
    expect(counts((await load("dying", "2,,,,,\n")).report)).toMatchObject({ inserted: 1, target: 2 });
    expect((await rowsOf("dying")).map(({ id }) => id)).toEqual(["1", "2"]);
  });
});
