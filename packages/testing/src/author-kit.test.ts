import {
  asset,
  assetAlias,
  assetSensor,
  bash,
  branch,
  chain,
  dag,
  defer,
  each,
  mappedGroup,
  operator,
  renderTemplate,
  sensor,
  shortCircuit,
  task,
  timeSensor,
  waitSensor,
} from "@polyflow/sdk";
import { describe, expect, test } from "vitest";
import { fakeClock } from "./fake-clock.ts";
import { runDag } from "./run-dag.ts";
import { runTaskOnce } from "./run-task-once.ts";

const clock = fakeClock("2026-01-31T05:30:00Z");
const list = task("list", () => ["a.csv", "b.csv", "c.csv"]);
const read = task({ id: "read", mapIndexTemplate: "{{ inputs.file }}" }, async (input: { file: string }, ctx) => {
  await ctx.xcom.push("size", input.file.charCodeAt(0));
  return input.file.toUpperCase();
});

describe("A14: what authors test without a server", () => {
  test("a fake clock: the run starts there, sensors of all modes move it on, nothing waits in fact", async () => {
    const looks = { poke: 0, reschedule: 0, defer: 0 };
    const definition = dag("waits", () => {
      const modes = (["poke", "reschedule", "defer"] as const).map((mode) =>
        sensor({ id: mode, mode, interval: "1h", timeout: "1d", poke: () => ++looks[mode] >= 3 && { done: true, value: mode } }),
      );
      const job = operator<string>({
        name: "job",
        options: { id: "job" },
        watch: () => ({ done: true, value: "finished" }),
        execute: (_input, ctx) => {
          const event = ctx.wait?.resumed?.event;
          if (event === undefined) return defer({ every: "10m", timeout: "1d" });
          return "value" in event ? String(event.value) : "";
        },
      });
      const until = timeSensor({ id: "until_six", time: "06:00" });
      const end = task("end", (_input: object, ctx) => ctx.now().getTime());
      chain([...modes, job, until, waitSensor({ id: "pause", duration: "2d" })], end());
    });
    const run = await runDag(definition, { clock });
    expect(run, run.reason ?? "").toMatchObject({ state: "success", runId: "manual__2026-01-31T05:30:00+00:00" });
    expect(looks).toEqual({ poke: 3, reschedule: 3, defer: 3 });
    expect([run.task("defer").output, run.task("job").output]).toEqual(["defer", "finished"]);
    expect(Number(run.task("end").output) - clock.now()).toBeGreaterThan(2 * 86_400_000);
  });

  test("mapped tasks: each instance has its element, name and values; later tasks see all of them or one", async () => {
    const sum = task("sum", async (input: { all: readonly string[] }, ctx) => ({
      all: input.all,
      sizes: (await ctx.xcom.pull<readonly number[]>("read", { key: "size" })) ?? [],
      second: (await ctx.xcom.pull<number>("read", { key: "size", mapIndex: 1 })) ?? 0,
    }));
    const definition = dag("mapped", () => {
      const files = list();
      sum({ all: read.expand({ file: files }) });
      bash({ id: "echo", command: 'echo "$F"', env: { F: each(files.map((file) => `${file}!`)) } });
      mappedGroup("group", { file: files }, ({ file }) => {
        const inner = task("inner", (input: { file: string }) => input.file.length)({ file });
        task("after", (input: { length: number }) => input.length * 2)({ length: inner });
      });
    });
    const run = await runDag(definition, { clock });
    expect(run, run.reason ?? "").toMatchObject({ state: "success" });
    expect(run.task("sum").output).toEqual({ all: ["A.CSV", "B.CSV", "C.CSV"], sizes: [97, 98, 99], second: 98 });
    expect(run.task("read", 2)).toMatchObject({ mapName: "c.csv", output: "C.CSV" });
    expect(run.task("echo", 1).output).toBe("b.csv!");
    expect(run.task("group.after", 2).output).toBe(10);
    const alone = await runTaskOnce(definition, "read", { clock, mapIndex: 1, outputs: { list: ["x", "y"] } });
    expect(alone).toMatchObject({ state: "success", mapIndex: 1, mapName: "y", output: "Y" });
    await expect(runTaskOnce(definition, "read", { mapIndex: 2, outputs: { list: ["x"] } })).rejects.toThrow(/instance 2 .* of list/);
  });

  test("branches skip what is not chosen; a short-circuit all that follows; the join runs", async () => {
    const step = (id: string) => task(id, () => id)();
    const definition = dag("branching", () => {
      const choose = branch("choose", () => "small")();
      const join = task({ id: "join", triggerRule: "none_failed_min_one_success" }, () => "joined")();
      chain(choose, [step("small"), step("large")], join);
      chain(shortCircuit("stop", () => false)(), step("never"), step("nor_this"));
    });
    const run = await runDag(definition, { clock });
    expect(Object.fromEntries(run.tasks.map(({ taskId, state }) => [taskId, state]))).toEqual({
      choose: "success",
      small: "success",
      large: "skipped",
      join: "success",
      stop: "success",
      never: "skipped",
      nor_this: "skipped",
    });
  });

  test("values under keys: of an earlier run, gone with the try that kept them", async () => {
    const count = task({ id: "count", retries: 1 }, async (_input: object, ctx) => {
      const before = (await ctx.xcom.pull<number>("count", { key: "watermark", includePriorDates: true })) ?? 0;
      await ctx.xcom.push(`of_try_${ctx.tryNumber}`, true);
      if (ctx.tryNumber === 1) throw new Error("once more");
      return [
        before,
        (await ctx.xcom.pull<boolean>("count", { key: "of_try_1" })) ?? null,
        await ctx.xcom.pull("count", { key: "of_try_2" }),
      ];
    });
    const run = await runDag(
      dag("xcoms", () => void count()),
      { clock, earlierXComs: { count: { watermark: 7 } } },
    );
    expect(run.task("count")).toMatchObject({ tries: 2, output: [7, null, true] });
  });

  test("templates: dates of the fake clock, parameters, variables, outputs; a misspelt name fails the task", async () => {
    const name = task("name", (_input: object, ctx) => renderTemplate("{{ ds_nodash }}/{{ var.value.area }}", ctx));
    const definition = dag({ id: "templates", params: { day: { type: "string", default: "mon" } } }, () => {
      const shown = bash({ id: "show", command: "echo {{ params.day }} {{ ti.xcom_pull('name') }} {{ macros.ds_add(ds, 1) }}" });
      chain(name(), shown);
      bash({ id: "wrong", command: "echo {{ parms.day }}" });
    });
    const run = await runDag(definition, { clock, variables: { area: "north" } });
    expect(run.task("show")).toMatchObject({
      output: "mon 20260131/north 2026-02-01",
      renderedFields: { command: "echo mon 20260131/north 2026-02-01" },
    });
    expect(run.task("wrong")).toMatchObject({ state: "failed", reason: expect.stringContaining("parms") });
  });

  test("assets: what triggered the run and the inlets' events are given, the updates of outlets are told", async () => {
    const orders = asset({ name: "orders" });
    const years = assetAlias("years");
    const load = task({ id: "load", inlets: [orders], outlets: [orders, years] }, async (_input: object, ctx) => {
      const [last] = await ctx.inletEvents("orders");
      ctx.updateAsset("orders", { rows: Object.values(ctx.triggeringAssetEvents).flat().length, last: last?.extra["rows"] ?? 0 });
      ctx.updateAsset("year_2026", {}, { alias: years });
    });
    const event = {
      name: "orders",
      uri: "orders",
      at: "2026-01-30T00:00:00Z",
      extra: { rows: 5 },
      sourceDagId: null,
      sourceRunId: null,
      sourceTaskId: null,
      sourceMapIndex: null,
    };
    const definition = dag("assets", () => void load());
    const run = await runDag(definition, { clock, triggeringAssetEvents: { orders: [event, event] }, inletEvents: { orders: [event] } });
    expect(run.task("load").assetUpdates).toMatchObject([
      { name: "orders", extra: { rows: 2, last: 5 } },
      { name: "year_2026", alias: "years" },
    ]);
    const failing = dag("failing", () => void load.with({ inlets: [] })());
    expect((await runDag(failing, { clock })).task("load")).toMatchObject({ state: "failed", assetUpdates: [] });
  });

  test("an asset sensor waits for an update since the run was due; the update is its output (A5, A12)", async () => {
    const orders = asset({ name: "orders" });
    const described = (since?: () => Date) =>
      dag("waits", () => {
        const more = since === undefined ? {} : { since };
        assetSensor({ id: "updated", asset: orders, interval: "1m", timeout: "5m", ...more });
      });
    const from = { sourceDagId: null, sourceRunId: null, sourceTaskId: null, sourceMapIndex: null };
    const event = { name: "orders", uri: "orders", at: "2026-01-30T00:00:00.000Z", extra: { rows: 5 }, ...from };
    const events = { inletEvents: { orders: [event] } };
    const waits = await runDag(described(), { clock: fakeClock("2026-01-31T06:00:00Z"), ...events });
    expect(waits.task("updated")).toMatchObject({ state: "failed", reason: expect.stringContaining("time is up") as string });
    const found = await runDag(
      described(() => new Date("2026-01-29T00:00:00Z")),
      { clock: fakeClock("2026-01-31T06:00:00Z"), ...events },
    );
    expect(found.task("updated")).toMatchObject({ state: "success", output: { extra: { rows: 5 } } });
    expect(() => dag("never", () => void assetSensor({ id: "x", asset: orders, mode: "defer" as "poke" }))).toThrow(
      /"defer" is not possible/,
    );
  });

  test("templates know the last successful run before, and how many instances a mapped task has (A6, A12)", async () => {
    const command = "echo {{ prev_data_interval_end_success | ds }} {{ expanded_ti_count }} {{ inlets[0].name }} {{ dag.tags[0] }}";
    const described = dag({ id: "details", tags: ["daily"] }, () => {
      bash({ id: "show", command, env: { N: each([1, 2]) }, inlets: [asset("orders")] });
    });
    const [start, end] = [new Date("2026-01-29T00:00:00Z"), new Date("2026-01-30T00:00:00Z")];
    const previousSuccess = { dataInterval: { start, end }, startDate: end, endDate: end };
    const run = await runDag(described, { previousSuccess });
    expect(run.task("show", 1)).toMatchObject({ state: "success", output: "2026-01-30 2 orders daily" });
    const first = await runDag(described);
    expect(first.task("show").reason).toMatch(/A date is asked for that there is not/);
  });
});
