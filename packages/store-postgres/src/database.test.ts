import { silentLogger } from "@polyflow/service-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Database } from "./database.ts";
import { TestStore } from "./fixture/test-store.ts";
import { statement } from "./statement.ts";

let t: TestStore;
let database: Database;
beforeAll(async () => {
  t = await TestStore.open();
  database = new Database({ url: t.database.url, applicationName: "test", poolSize: 2, logger: silentLogger });
});
afterAll(async () => {
  await database.close();
  await t.close();
});

const PID = statement("test_pid", "select pg_backend_pid() as pid");
const DEADLINE_MS = 5_000;

/** Ends a connection and waits until its backend is gone. */
async function terminate(pid: number): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  await t.sql("select pg_terminate_backend($1)", [pid]);
  while ((await t.sql("select from pg_stat_activity where pid = $1", [pid])).length > 0)
    if (Date.now() > deadline) throw new Error(`backend ${pid} did not end`);
}

test("a connection that ends between two statements of a transaction fails that transaction, and not the process (A14)", async () => {
  // An error event that nobody listens to would end the process; the test runner reports it as such.
  let firstPid = 0;
  const failing = database.transaction(async (transaction) => {
    firstPid = (await transaction.queryOne<{ pid: number }>(PID))?.pid ?? 0;
    await terminate(firstPid);
    return transaction.query(PID);
  });
  await expect(failing).rejects.toMatchObject({ code: "database_unavailable" });
  const [again] = await database.query<{ pid: number }>(PID);
  expect(again?.pid).not.toBe(firstPid);
});
