import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { TestWarehouse } from "./test-warehouse.ts";

const RECORDS = 400_000;

let warehouse: TestWarehouse;
beforeAll(async () => {
  warehouse = await TestWarehouse.create(inject("postgresUrl"));
  await warehouse.client.query("create table public.gate (id int)");
  warehouse.describe("big", {
    source: "path: big.csv\nformat: csv\nschema: {fields: [{name: id, type: integer}, {name: name}]}\n",
    properties:
      "      - {name: id, logicalType: integer, physicalType: bigint, primaryKey: true, required: true}\n      - {name: name, logicalType: string}",
    load: "{mode: merge, keys: [id]}",
    // measured last before the commit; the test can make it wait
    quality: "    quality:\n      - {id: gate, type: sql, query: 'select count(*) from public.gate', mustBe: 0, severity: error}",
  });
  warehouse.write("source/big.csv", "id,name\n-1,before\n");
  await warehouse.load("big");
  warehouse.write("source/big.csv", `id,name\n${Array.from({ length: RECORDS }, (_, index) => `${index},name ${index}`).join("\n")}\n`);
});
afterAll(async () => {
  await warehouse.remove();
});

/** A loader in a process of its own, so that it can die like one. */
function startLoader(): ChildProcess {
  const script = `
    const { readFlow } = await import("@polyflow/metadata-model");
    const { runLoad } = await import(${JSON.stringify(new URL("./index.ts", import.meta.url).href)});
    const { randomUUID } = await import("node:crypto");
    const [projectDir, url] = process.argv.slice(1);
    await runLoad({ ...(await readFlow(projectDir, "big")), projectDir, loadId: randomUUID(), target: { connection: "df", client: url },
      log: { info() {}, warning() {} }, clock: { now: () => 0, monotonicMs: () => 0 }, limits: { segmentBytes: 1 << 20 } });`;
  return spawn(process.execPath, ["--input-type=module", "-e", script, warehouse.projectDir, warehouse.url], {
    cwd: import.meta.dirname,
    stdio: "inherit",
  });
}

/** Waits until the query returns true; what never gets there fails the test. */
async function until(sql: string): Promise<void> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const [row] = await warehouse.rows(sql);
    if (row?.[0] === true) return;
    if (performance.now() > deadline) throw new Error(`not reached within 20 s: ${sql}`);
    await warehouse.client.query("select pg_sleep(0.005)");
  }
}

async function kill(loader: ChildProcess): Promise<void> {
  const ended = once(loader, "exit");
  loader.kill("SIGKILL");
  await ended;
}

const LOADER_SESSIONS = "from pg_stat_activity where application_name like 'polyflow loader%' and datname = current_database()";

async function expectUntouched(): Promise<void> {
  await until(`select not exists (select ${LOADER_SESSIONS})`);
  expect(await warehouse.rows("select id::int, name from t.big")).toEqual([[-1, "before"]]);
  expect(await warehouse.rows("select count(*)::int from df.load_ledger")).toEqual([[1]]);
  expect(await warehouse.rows("select count(*)::int from df.reject")).toEqual([[0]]);
}

test("B3, A14: a loader killed during COPY changes nothing", { timeout: 60_000 }, async () => {
  const loader = startLoader();
  await until(`select exists (select ${LOADER_SESSIONS} and query like 'copy %' and state = 'active')`);
  await kill(loader);
  await expectUntouched();
});

test("B3, A14: killed between the last write and the commit it changes nothing, and the next load tidies up", {
  timeout: 60_000,
}, async () => {
  const locker = await warehouse.connect();
  await locker.query("begin; lock table public.gate in access exclusive mode");
  const loader = startLoader();
  await until("select exists (select from pg_locks where not granted and relation = 'public.gate'::regclass)");
  await kill(loader);
  await locker.query("commit");
  await locker.end();
  await expectUntouched();
  expect(await warehouse.rows("select count(*) > 0 from pg_class where relname like 'stage\\_%'")).toEqual([[true]]);

  const { report } = await warehouse.load("big");
  expect(report).toMatchObject({ status: "loaded", rows: { read: RECORDS, inserted: RECORDS, target: RECORDS + 1 } });
  expect(await warehouse.rows("select count(*)::int from pg_class where relname like 'stage\\_%'")).toEqual([[0]]);
});
