import { expect, test } from "vitest";
import { dag } from "../dag.ts";
import type { SqlRow } from "../task-context.ts";
import { createTestContext } from "../test-context.ts";
import { sqlSensor, type SqlSensorOptions } from "./sql-sensor.ts";

async function look(rows: readonly SqlRow[], options: Partial<SqlSensorOptions> = {}): Promise<unknown> {
  const definition = dag("a", () => void sqlSensor({ id: "s", connection: "erp", statement: "select 1", ...options }));
  const session = { query: () => Promise.resolve(rows), transaction: () => Promise.reject(new Error("none")) };
  const { context } = createTestContext({ sql: () => Promise.resolve(session) });
  return definition.tasks.get("s")?.watch?.(undefined, context, {}, { statement: "select 1" });
}

test.each([
  [[{ n: 1 }], true],
  [[{ n: "3" }], true],
  [[{ closed: true }, { closed: false }], true],
  [[], false],
  [[{ n: 0 }], false],
  [[{ n: "0" }], false],
  [[{ n: "0.00" }], false],
  [[{ n: null }], false],
  [[{ n: "" }], false],
  [[{ n: false }], false],
])("A5: sqlSensor: the first value of the first row decides: %j", async (rows, isThere) => {
  expect(await look(rows)).toEqual(isThere ? { done: true, value: rows[0] } : false);
});

test("A5: sqlSensor: the author's own condition, and no rows at all", async () => {
  expect(await look([{ n: 0 }], { success: (row) => row["n"] === 0 })).toEqual({ done: true, value: { n: 0 } });
  await expect(look([], { failOnNoRows: true })).rejects.toThrow(/gave no row/);
});
