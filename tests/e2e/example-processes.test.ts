import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../harness/eventually.ts";
import { Standalone } from "../harness/standalone.ts";

const DATA = join(import.meta.dirname, "../../node_modules/vega-datasets/data");

let polyflow: Standalone;
beforeAll(async () => {
  polyflow = await Standalone.start();
});
afterAll(async () => {
  await polyflow.remove();
});

async function linesOf(file: string): Promise<number> {
  let count = 0;
  for await (const line of createInterface({ input: createReadStream(file) })) if (line !== "") count++;
  return count;
}

async function query<Row>(sql: string): Promise<readonly Row[]> {
  const answer = await polyflow.command("df", "query", sql, "--output", "json");
  expect(answer, answer.stderr).toMatchObject({ code: 0 });
  return JSON.parse(answer.stdout) as readonly Row[];
}

test("B11: df_example_extract_csv loads every row of the real files that is not rejected", async () => {
  const triggered = await polyflow.command("dags", "trigger", "df_example_extract_csv", "--wait");
  expect(triggered, triggered.stdout + triggered.stderr).toMatchObject({ code: 0 });
  for (const table of ["airports", "zipcodes"]) {
    const inFile = (await linesOf(join(DATA, `${table}.csv`))) - 1;
    const [target] = await query<{ n: string }>(`select count(*) n from examples.${table}`);
    const [ledger] = await query<{ rows_read: string; rows_rejected: string; rows_filtered: string }>(
      `select rows_read, rows_rejected, rows_filtered from df.load_ledger where target_table = '${table}' order by finished_at desc limit 1`,
    );
    expect(Number(ledger?.rows_read)).toBe(inFile);
    expect(Number(target?.n)).toBe(inFile - Number(ledger?.rows_rejected) - Number(ledger?.rows_filtered));
  }
});

test("B4: rejected rows of movies.json are kept with row, column, value and reason", async () => {
  const triggered = await polyflow.command("dags", "trigger", "df_example_extract_json", "--wait");
  expect(triggered, triggered.stdout + triggered.stderr).toMatchObject({ code: 0 });
  const rejects = await query<{ row_number: string; column_name: string; raw_value: string; reason: string }>(
    "select row_number, column_name, raw_value, reason from df.reject where flow = 'movies' order by row_number limit 5",
  );
  expect(rejects.length).toBeGreaterThan(0);
  for (const reject of rejects) {
    expect(Number(reject.row_number)).toBeGreaterThan(0);
    expect(reject.column_name).not.toBe("");
    expect(reject.reason).not.toBe("");
  }
});

test("A9: a backfill says beforehand what it would do, makes the missing days, and leaves those that are there", async () => {
  const range = ["--from-date", "2026-01-02T00:00:00Z", "--to-date", "2026-01-04T00:00:00Z", "--output", "json"];
  const dryRun = await polyflow.command("backfill", "create", "example_backfill", ...range, "--dry-run");
  expect(dryRun, dryRun.stderr).toMatchObject({ code: 0 });
  expect(JSON.parse(dryRun.stdout)).toMatchObject([{ action: "create" }, { action: "create" }, { action: "create" }]);
  const created = await polyflow.command("backfill", "create", "example_backfill", ...range, "--max-active-runs", "2");
  expect(created, created.stderr).toMatchObject({ code: 0 });
  const { id } = JSON.parse(created.stdout) as { readonly id: number };
  const done = await eventually("the three runs of the backfill", async () => {
    const dates = await polyflow.command("backfill", "dates", String(id), "--output", "json");
    const rows = JSON.parse(dates.stdout) as readonly { readonly state: string | null }[];
    return rows.every((row) => row.state === "success") ? rows : undefined;
  });
  expect(done).toHaveLength(3);
  const again = await polyflow.command("backfill", "create", "example_backfill", ...range, "--dry-run");
  expect(JSON.parse(again.stdout)).toMatchObject([1, 2, 3].map(() => ({ action: "skip", reason: "already exists" })));
});

test("A9: a task is marked, noted and cleared from the command line; what is asked for is shown first", async () => {
  const json = async <Row>(...args: readonly string[]): Promise<Row> => {
    const answer = await polyflow.command(...args, "--output", "json");
    expect(answer, answer.stderr).toMatchObject({ code: 0 });
    return JSON.parse(answer.stdout) as Row;
  };
  const run = ["example_tour", "marked"];
  await polyflow.command("dags", "trigger", "example_tour", "--run-id", "marked", "--wait");
  expect(await json("tasks", "mark", ...run, "summarise", "--state", "failed", "--dry-run")).toMatchObject([{ state: "success" }]);
  expect(await json("tasks", "mark", ...run, "summarise", "--state", "failed")).toMatchObject([{ state: "failed" }]);
  expect(await json("tasks", "note", ...run, "summarise", "wrong sum")).toMatchObject([{ note: "wrong sum" }]);
  expect(await json("tasks", "clear", ...run, "-t", "summarise", "--downstream", "--dry-run")).toMatchObject([
    { task_id: "summarise" },
    { task_id: "tidy" },
  ]);
  await json("tasks", "clear", ...run, "-t", "summarise", "--downstream");
  await eventually("the cleared run to end well", async () => {
    const { state } = await json<{ state: string }>("dags", "state", ...run);
    return state === "success" ? state : undefined;
  });
  expect(await polyflow.command("dags", "delete-run", ...run)).toMatchObject({ code: 2 });
  expect(await polyflow.command("dags", "delete-run", ...run, "--yes")).toMatchObject({ code: 0 });
  expect(await polyflow.command("dags", "state", ...run)).toMatchObject({ code: 3 });
});

test("B3: leading zeros of zip codes are kept", async () => {
  const [row] = await query<{ n: string }>("select count(*) n from examples.zipcodes where zip_code like '0%' and length(zip_code) = 5");
  expect(Number(row?.n)).toBeGreaterThan(1000);
});

test("B3: a second run of the same files changes nothing", async () => {
  const before = await query("select count(*) n, max(_loaded_at) last from examples.airports");
  const triggered = await polyflow.command("dags", "trigger", "df_example_extract_csv", "--wait");
  expect(triggered.code).toBe(0);
  expect(await query("select count(*) n, max(_loaded_at) last from examples.airports")).toEqual(before);
});

test("B11: df_example_extract_excel loads the days of a workbook with a merged header, without its totals", async () => {
  const triggered = await polyflow.command("dags", "trigger", "df_example_extract_excel", "--wait");
  expect(triggered, triggered.stdout + triggered.stderr).toMatchObject({ code: 0 });
  const days = (await linesOf(join(DATA, "seattle-weather.csv"))) - 1;
  expect(await query("select count(*)::int n, min(day)::text first, sum(precipitation_mm)::text rain from examples.weather")).toEqual([
    { n: days, first: "2012-01-01", rain: "4426.0" },
  ]);
});

test("B11: df_example_extract_parquet loads three million flights", async () => {
  const triggered = await polyflow.command("dags", "trigger", "df_example_extract_parquet", "--wait");
  expect(triggered, triggered.stdout + triggered.stderr).toMatchObject({ code: 0 });
  expect(
    await query("select count(*)::int n, count(distinct origin)::int airports, min(departed_at)::text first from examples.flights"),
  ).toEqual([{ n: 3_000_000, airports: 229, first: "2001-01-01 00:01:00" }]);
});

test("B11: df_example_observer finds what waits for a person, df_example_cleanup shows what is old and then deletes it", async () => {
  for (const dag of ["df_example_quality_gate", "df_example_observer", "df_example_cleanup"]) {
    await eventually(`${dag} to be there`, async () => ((await polyflow.command("dags", "unpause", dag)).code === 0 ? true : undefined), {
      withinMs: 90_000,
    });
  }
  await polyflow.command("dags", "trigger", "df_example_quality_gate", "--wait");
  const observed = await polyflow.command("dags", "trigger", "df_example_observer", "--run-id", "seen", "--wait");
  expect(observed, observed.stdout + observed.stderr).toMatchObject({ code: 0 });
  const client = await polyflow.client();
  const outputOf = async (dag: string, run: string, task: string): Promise<unknown> => {
    const path = `/api/v2/dags/${dag}/dagRuns/${run}/taskInstances/${task}/xcomEntries/return_value`;
    return (await client.request<{ readonly value: unknown }>("GET", path)).value;
  };
  expect(await outputOf("df_example_observer", "seen", "report")).toMatchObject({
    errors: expect.any(Number),
    kinds: expect.arrayContaining(["failed_load", "quality", "rejects"]),
  });
  const { port } = new URL(polyflow.url);
  const uri = `http://admin:${encodeURIComponent(polyflow.adminPassword())}@127.0.0.1:${port}/http`;
  expect((await polyflow.command("connections", "add", "polyflow", "--uri", uri)).code).toBe(0);
  const runs = async (): Promise<number> =>
    (await client.request<{ readonly total_entries: number }>("GET", "/api/v2/dags/example_tour/dagRuns?limit=1")).total_entries;
  for (let count = await runs(); count < 12; count++) await client.trigger("example_tour");
  await eventually(
    "the twelve runs to end",
    async () => {
      const open = "/api/v2/dags/example_tour/dagRuns?limit=1&state=queued&state=running";
      return (await client.request<{ readonly total_entries: number }>("GET", open)).total_entries === 0 ? true : undefined;
    },
    { withinMs: 90_000 },
  );
  for (const dryRun of [true, false]) {
    const conf = JSON.stringify({ days: 0, dry_run: dryRun });
    const run = `clean_${dryRun}`;
    const cleaned = await polyflow.command("dags", "trigger", "df_example_cleanup", "--conf", conf, "--run-id", run, "--wait");
    expect(cleaned, cleaned.stdout + cleaned.stderr).toMatchObject({ code: 0 });
    expect(await outputOf("df_example_cleanup", run, "old_runs")).toMatchObject({ dryRun, deleted: expect.any(Number) });
    expect(await runs()).toBe(dryRun ? 12 : 10);
  }
  expect(await query("select count(*)::int n from df.reject where state = 'open'")).not.toEqual([{ n: 0 }]);
});

test("B9, B11: df_example_duckdb sums a file up by month into a table", async () => {
  const triggered = await polyflow.command("dags", "trigger", "df_example_duckdb", "--wait");
  expect(triggered, triggered.stdout + triggered.stderr).toMatchObject({ code: 0 });
  expect(await query("select count(*)::int n, sum(days)::int days from examples.weather_by_month")).toEqual([
    { n: 48, days: (await linesOf(join(DATA, "seattle-weather.csv"))) - 1 },
  ]);
});

test("B11: df_example_extract_api and df_example_extract_db load everything once, then what is new", async () => {
  for (const count of [1, 2]) {
    for (const dag of ["df_example_extract_api", "df_example_extract_db"]) {
      const triggered = await polyflow.command("dags", "trigger", dag, "--wait");
      expect(triggered, triggered.stdout + triggered.stderr).toMatchObject({ code: 0 });
    }
    expect(await query("select count(*)::int n, sum(amount)::text total from examples.api_orders")).toEqual([
      { n: 250, total: "39218.75" },
    ]);
    expect(await query("select count(*)::int n from examples.shop_sales")).toEqual([{ n: count * 1000 }]);
  }
  const reads = await query("select flow, rows_read::int from df.load_ledger where flow = 'api_orders' order by finished_at");
  expect(reads).toEqual([
    { flow: "api_orders", rows_read: 250 },
    { flow: "api_orders", rows_read: 1 },
  ]);
});
