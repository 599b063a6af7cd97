import { dag, FailTask, operator, SkipTask, sql, task, type TaskHandle } from "@polyflow/sdk";
import type { Provider } from "@polyflow/sdk/runtime";
import { type Clock, systemClock } from "@polyflow/service-kit";
import { describe, expect, test } from "vitest";
import { runDag } from "./run-dag.ts";
import { runTaskOnce } from "./run-task-once.ts";

const extract = task("extract", () => ({ path: "x.csv", rows: 3 }));
const double = task("double", (input: { rows: number; by: number }) => input.rows * input.by);

function flaky(failures: number, retries: number) {
  let tries = 0;
  return task({ id: "flaky", retries, retryDelay: "1h" }, () => {
    tries += 1;
    if (tries <= failures) throw new Error(`try ${tries} failed`);
    return tries;
  });
}

describe("A1: a run in memory", () => {
  test("tasks run in order, outputs reach inputs, logs and context are there", async () => {
    const say = task("say", (input: { total: number }, ctx) => {
      ctx.log.info(`${input.total} of ${JSON.stringify(ctx.params["limit"])} on ${ctx.logicalDate?.toISOString()}`);
    });
    const definition = dag({ id: "a", params: { limit: { type: "integer", default: 10 } } }, () => {
      say({ total: double({ rows: extract().get("rows"), by: 2 }) });
    });
    const heard: string[] = [];
    const run = await runDag(definition, {
      conf: { limit: 7 },
      logicalDate: new Date("2026-01-02T00:00:00Z"),
      onLog: (taskId, line) => heard.push(`${taskId} ${line.level} ${line.message}`),
    });
    expect(run.state).toBe("success");
    expect(run.tasks.map(({ taskId, state }) => [taskId, state])).toEqual([
      ["extract", "success"],
      ["double", "success"],
      ["say", "success"],
    ]);
    expect(run.task("double").output).toBe(6);
    expect(heard).toEqual(["say info 6 of 7 on 2026-01-02T00:00:00.000Z"]);
    expect(run.task("say").log).toMatchObject([{ source: "task", message: "6 of 7 on 2026-01-02T00:00:00.000Z" }]);
  });

  test("A3: retries follow at once, and end when they are used up", async () => {
    const good = await runDag(dag("a", () => void flaky(2, 2)()));
    expect(good.task("flaky")).toMatchObject({ state: "success", tries: 3, output: 3, reason: null });
    const bad = await runDag(dag("a", () => void flaky(3, 2)()));
    expect(bad).toMatchObject({ state: "failed", reason: "Failed: flaky." });
    expect(bad.task("flaky")).toMatchObject({
      state: "failed",
      tries: 3,
      reason: "try 3 failed",
      stack: expect.stringContaining("run-dag.test.ts"),
    });
  });

  test("A3: with waitForRetries the delay passes on the given clock", async () => {
    let nowMs = 0;
    const delays: number[] = [];
    const schedule: Clock["schedule"] = (delayMs, callback) => {
      delays.push(delayMs);
      nowMs += delayMs;
      return systemClock.schedule(0, callback);
    };
    const clock: Clock = { now: () => nowMs, monotonicMs: () => nowMs, schedule };
    await runDag(
      dag("a", () => void flaky(1, 1)()),
      { clock, waitForRetries: true },
    );
    expect(delays).toEqual([3_600_000]);
  });

  test("A3: FailTask is not retried, SkipTask skips what follows, trigger rules hold", async () => {
    const end = (id: string, work: () => void, options = {}) => task({ id, retries: 3, ...options }, work)();
    const definition = dag("a", () => {
      const skipped = end("skipped", () => {
        throw new SkipTask("nothing new");
      });
      const failed: TaskHandle = end("failed", () => {
        throw new FailTask("no use");
      });
      end("after_skip", () => undefined).after(skipped);
      end("after_failure", () => undefined).after(failed);
      end("cleanup", () => undefined, { triggerRule: "all_done" }).after(skipped, failed);
    });
    const run = await runDag(definition);
    expect(Object.fromEntries(run.tasks.map(({ taskId, state, tries }) => [taskId, `${state} ${tries}`]))).toEqual({
      skipped: "skipped 1",
      failed: "failed 1",
      after_skip: "skipped 0",
      after_failure: "upstream_failed 0",
      cleanup: "success 1",
    });
    expect(run.state).toBe("failed");
  });

  test("A3: a fail-fast DAG skips the rest", async () => {
    const definition = dag({ id: "a", failFast: true }, () => {
      task("bad", () => {
        throw new Error("no");
      })();
      task("other", () => 1)();
    });
    expect((await runDag(definition)).task("other").state).toBe("skipped");
  });

  test("A3: the execution timeout aborts a task and counts as a failed try", async () => {
    const definition = dag("a", () => {
      task(
        { id: "slow", executionTimeout: "20ms", retries: 1 },
        (_input: {}, ctx) =>
          new Promise((_fulfil, reject) => {
            ctx.signal.addEventListener("abort", () => reject(ctx.signal.reason as Error));
          }),
      )();
    });
    expect((await runDag(definition)).task("slow")).toMatchObject({ state: "failed", tries: 2, reason: expect.stringContaining("20 ms") });
  });

  test("a signal ends the run", async () => {
    const abort = new AbortController();
    const definition = dag("a", () => {
      const first = task("first", () => abort.abort())();
      task("second", () => 1)().after(first);
    });
    const run = await runDag(definition, { signal: abort.signal });
    expect(run).toMatchObject({ state: "failed", reason: "The run was aborted." });
    expect(run.task("second").tries).toBe(0);
  });
});

describe("A8: connections and variables", () => {
  const ask = dag("a", () => {
    task("ask", async (_input: {}, ctx) => [
      (await ctx.connection("df")).host,
      await ctx.variable("region"),
      await ctx.variable("none", "default"),
    ])();
  });

  test("come from the options, as values or by a function", async () => {
    const run = await runDag(ask, { connections: { df: { type: "postgres", host: "db" } }, variables: { region: "north" } });
    expect(run.task("ask").output).toEqual(["db", "north", "default"]);
    const looked = await runDag(ask, {
      connections: async (connectionId) => ({
        connectionId,
        type: "x",
        host: "h",
        port: null,
        login: null,
        password: null,
        schema: null,
        extra: {},
      }),
      variables: async (key) => (key === "region" ? "south" : undefined),
    });
    expect(looked.task("ask").output).toEqual(["h", "south", "default"]);
  });

  test("what is missing is said with what to do", async () => {
    expect((await runDag(ask)).task("ask").reason).toMatch(/No connection "df".*connections: \{ df/);
    expect((await runDag(ask, { connections: { df: { type: "x" } } })).task("ask").reason).toMatch(/No variable "region"/);
  });

  test("SQL sessions are opened by a provider, once per task, and closed", async () => {
    const events: string[] = [];
    const provider: Provider = {
      name: "fake",
      description: {
        name: "fake",
        title: { en: "Fake", ru: "Fake" },
        connectionTypes: [{ type: "postgres", title: { en: "Fake", ru: "Fake" }, uses: ["sql"], fields: [], example: "postgres://host" }],
        operators: [],
        sensors: [],
      },
      test: () => Promise.resolve("fine"),
      sqlConnectionTypes: ["postgres"],
      openSql: async ({ connectionId }) => {
        events.push(`open ${connectionId}`);
        const query = async (statement: string) => (events.push(statement), [{ n: 1 }]);
        return {
          query,
          transaction: async (work) => work({ query, transaction: () => Promise.reject(new Error("nested")) }),
          close: async () => void events.push("close"),
        };
      },
    };
    const definition = dag("a", () => void sql({ id: "q", connection: "df", statements: ["one", "two"] }));
    await runDag(definition, { connections: { df: { type: "postgres" } }, providers: [provider] });
    expect(events).toEqual(["open df", "one", "two", "close"]);
    expect((await runDag(definition, { connections: { df: { type: "mysql" } } })).task("q").reason).toMatch(
      /"mysql", which no installed provider knows/,
    );
  });
});

describe("A6: params", () => {
  const definition = dag(
    { id: "a", params: { limit: { type: "integer", minimum: 1 } } },
    () => void task("show", (_input: {}, ctx) => ctx.params)(),
  );

  test("are checked as a trigger checks them", async () => {
    expect((await runDag(definition, { conf: { limit: 2, free: "x" } })).task("show").output).toEqual({ limit: 2, free: "x" });
    await expect(runDag(definition, { conf: { limit: 0 } })).rejects.toMatchObject({
      code: "params_invalid",
      message: expect.stringContaining("conf.limit must be >= 1"),
    });
    await expect(runDag(definition)).rejects.toMatchObject({ code: "params_invalid" });
  });
});

test("A6: templates are rendered as in production, and shown", async () => {
  const copy = operator<string, Record<never, never>, { readonly path: string }>;
  const definition = dag("a", () => {
    copy({
      name: "copy",
      options: { id: "copy" },
      fields: { path: "/{{ params.area }}/{{ ds_nodash }}" },
      execute: (_input, _ctx, fields) => fields.path,
    });
  });
  const run = await runDag(definition, { logicalDate: new Date("2026-01-02T00:00:00Z"), conf: { area: "north" } });
  expect(run.task("copy")).toMatchObject({ output: "/north/20260102", renderedFields: { path: "/north/20260102" } });
});

describe("A3: mapped tasks in memory", () => {
  test("one instance for each element, whose outputs are a list to those after them", async () => {
    const list = task("list", () => ["a", "bb", "ccc"]);
    const measure = task("measure", (input: { text: string; factor: number }) => input.text.length * input.factor);
    const sum = task("sum", (input: { numbers: readonly number[] }) => input.numbers.reduce((a, b) => a + b, 0));
    const run = await runDag(
      dag("a", () => {
        sum({ numbers: measure.partial({ factor: 10 }).expand({ text: list() }) });
      }),
    );
    expect(run.state).toBe("success");
    expect(run.tasks.map((one) => [one.taskId, one.mapIndex, one.output])).toEqual([
      ["list", -1, ["a", "bb", "ccc"]],
      ["measure", 0, 10],
      ["measure", 1, 20],
      ["measure", 2, 30],
      ["sum", -1, 60],
    ]);
    expect(run.task("measure", 2).output).toBe(30);
    expect(() => run.task("measure", 3)).toThrow(/3 instances, none with index 3/);
  });

  test("nothing to map over skips the task; a failed instance fails what waits for all", async () => {
    const none = task("none", (): readonly number[] => []);
    const some = task("some", () => [1, 0]);
    const invert = task("invert", (input: { n: number }) => {
      if (input.n === 0) throw new Error("zero");
      return 1 / input.n;
    });
    const empty = await runDag(dag("a", () => void invert.expand({ n: none() })));
    expect([empty.state, empty.task("invert").state]).toEqual(["success", "skipped"]);
    const mixed = await runDag(dag("a", () => void invert.expand({ n: some() })));
    expect([mixed.state, mixed.task("invert", 0).state, mixed.task("invert", 1).state]).toEqual(["failed", "success", "failed"]);
  });
});

test("one task alone, with what comes before it given by hand", async () => {
  const definition = dag("a", () => void double({ rows: extract().get("rows"), by: 2 }));
  expect(await runTaskOnce(definition, "double", { outputs: { extract: { rows: 4 } } })).toMatchObject({
    state: "success",
    output: 8,
    tries: 1,
  });
  await expect(runTaskOnce(definition, "triple")).rejects.toThrow(/has no task "triple"\. It has: extract, double/);
});
