import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
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
