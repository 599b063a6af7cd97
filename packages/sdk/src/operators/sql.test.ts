import { describe, expect, test } from "vitest";
import { dag, sql } from "../index.ts";
import { runTask } from "../runtime/index.ts";
import type { SqlRow, SqlSession } from "../task-context.ts";
import { createTestContext } from "../test-context.ts";

async function run(describeTask: () => void, rows: readonly SqlRow[], inputs: object = {}) {
  const calls: string[] = [];
  const session: SqlSession = {
    query: async (statement, parameters = []) => {
      calls.push([statement, ...parameters].join(" "));
      return rows;
    },
    transaction: async (work) => {
      calls.push("begin");
      const result = await work(session);
      calls.push("commit");
      return result;
    },
  };
  const { context } = createTestContext({ sql: async (connection) => (calls.push(`open ${connection}`), session) });
  const [task] = dag("test", describeTask).tasks.values();
  if (task === undefined) throw new Error("no task");
  return { outcome: await runTask({ task, input: { ...inputs }, context }), calls };
}

describe("A4: sql", () => {
  test("a script is split into its statements, in one transaction unless it says otherwise", async () => {
    const script = "create table t (a text); -- rows\ninsert into t values (';');";
    const parts = ["create table t (a text)", "-- rows\ninsert into t values (';')"];
    const whole = await run(() => void sql({ id: "q", connection: "df", script }), []);
    expect(whole.calls).toEqual(["open df", "begin", ...parts, "commit"]);
    expect(whole.outcome).toEqual({ kind: "success", output: undefined });
    expect((await run(() => void sql({ id: "q", connection: "df", script, transaction: false }), [])).calls).toEqual(["open df", ...parts]);
    expect((await run(() => void sql({ id: "q", connection: "df", script: "select 'x" }), [])).outcome).toMatchObject({ reason: "fatal" });
  });

  test("parameters go in order, rows come as JSON", async () => {
    const { outcome, calls } = await run(
      () => void sql({ id: "q", connection: "df", statement: "select $1 $2", parameters: ["x", 2] }),
      [{ at: new Date(0), id: 12n, bytes: new Uint8Array([1, 255]), none: undefined, nan: Number.NaN }],
      { $1: "x", $2: 2 },
    );
    expect(calls).toEqual(["open df", "select $1 $2 x 2"]);
    expect(outcome).toEqual({
      kind: "success",
      output: [{ at: "1970-01-01T00:00:00.000Z", id: "12", bytes: "\\x01ff", none: null, nan: "NaN" }],
    });
  });

  test("first, none, and more rows than an output may have", async () => {
    const many = [{ a: 1 }, { a: 2 }, { a: 3 }];
    const query = { id: "q", connection: "df", statement: "select" } as const;
    expect((await run(() => void sql({ ...query, result: "first" }), many)).outcome).toMatchObject({ output: { a: 1 } });
    expect((await run(() => void sql({ ...query, result: "first" }), [])).outcome).toMatchObject({ output: null });
    expect((await run(() => void sql({ ...query, result: "none" }), many)).outcome).toEqual({ kind: "success" });
    expect((await run(() => void sql({ ...query, maxRows: 2 }), many)).outcome).toMatchObject({
      kind: "failed",
      reason: "fatal",
      message: expect.stringContaining("gave 3 rows, at most 2"),
    });
  });

  test("several statements run in one transaction unless told otherwise", async () => {
    const script = { id: "q", connection: "df", statements: ["one", (ctx: { runId: string }) => `two ${ctx.runId}`] } as const;
    expect((await run(() => void sql(script), [])).calls).toEqual(["open df", "begin", "one", "two run_1", "commit"]);
    expect((await run(() => void sql({ ...script, transaction: false }), [])).calls).toEqual(["open df", "one", "two run_1"]);
  });
});
