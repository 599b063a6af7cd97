import { dag, defer, operator, sensor, SkipTask, task, type SensorSettings } from "@polyflow/sdk";
import { describe, expect, test } from "vitest";
import { runDag } from "./run-dag.ts";

const MODES = ["poke", "reschedule", "defer"] as const;

/** A DAG whose sensor finds something at the `at`-th look. */
function sensing(at: number, settings: SensorSettings & { retries?: number }, look: () => void = () => undefined) {
  let looks = 0;
  const times: number[] = [];
  const definition = dag({ id: `sensing_${Math.random().toString(36).slice(2)}` }, () => {
    const found = sensor({
      id: "wait",
      ...settings,
      poke: (ctx) => {
        looks += 1;
        times.push(ctx.now().getTime());
        look();
        return looks >= at && { done: true, value: { looks } };
      },
    });
    task("after", (input: { looks: number }) => input.looks * 2)({ looks: found.get("looks") });
  });
  return { definition, times, looks: () => looks };
}

describe.each(MODES)("a sensor in mode %s (A5)", (mode) => {
  test("looks every interval until something is there, in one try, and gives its value on", async () => {
    const { definition, times } = sensing(4, { mode, interval: "10m" });
    const run = await runDag(definition);
    expect(run.state).toBe("success");
    expect(run.task("after").output).toBe(8);
    expect(run.task("wait").tries).toBe(1);
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    for (const gap of gaps) expect(Math.abs(gap - 600_000)).toBeLessThan(1_000);
  });

  test("fails for good when its time is up, however many retries it has", async () => {
    const { definition, times } = sensing(Number.POSITIVE_INFINITY, { mode, interval: "1h", timeout: "5h", retries: 3 });
    const run = await runDag(definition);
    expect(run.task("wait")).toMatchObject({ state: "failed", tries: 1, reason: expect.stringContaining("time is up") });
    const waited = (times.at(-1) ?? 0) - (times[0] ?? 0);
    expect(waited).toBeLessThanOrEqual(5 * 3_600_000 + 1_000);
    expect(waited).toBeGreaterThanOrEqual(4 * 3_600_000 - 1_000);
  });

  test("softFail: is skipped when its time is up", async () => {
    const { definition } = sensing(Number.POSITIVE_INFINITY, { mode, interval: "1h", timeout: "2h", softFail: true });
    const run = await runDag(definition);
    expect(run.task("wait").state).toBe("skipped");
    expect(run.state).toBe("success");
  });

  test("a look that throws is retried as a try; silentFail counts it as not yet; neverFail skips", async () => {
    const failing = (settings: SensorSettings & { retries?: number }) => {
      let first = true;
      return sensing(3, { mode, interval: "1m", ...settings }, () => {
        if (!first) return;
        first = false;
        throw new Error("not reachable");
      }).definition;
    };
    expect((await runDag(failing({ retries: 1 }))).task("wait")).toMatchObject({ state: "success", tries: 2 });
    expect((await runDag(failing({ silentFail: true }))).task("wait")).toMatchObject({ state: "success", tries: 1 });
    expect((await runDag(failing({ neverFail: true }))).task("wait").state).toBe("skipped");
  });

  test("exponentialBackoff: gaps grow up to maxWait", async () => {
    const { definition, times } = sensing(8, { mode, interval: "1m", exponentialBackoff: true, maxWait: "30m" });
    expect((await runDag(definition)).state).toBe("success");
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(gaps[0]).toBeLessThanOrEqual(121_000);
    expect(gaps.at(-1)).toBeGreaterThan(29 * 60_000);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(30 * 60_000 + 1_000);
  });
});

describe("defer (A5)", () => {
  test("until an instant: the task's function goes on with its state", async () => {
    const until = new Date("2031-01-01T00:00:00Z");
    const definition = dag("until", () => {
      operator({
        name: "later",
        options: { id: "later" },
        execute: (_input, ctx) =>
          ctx.wait?.resumed === undefined
            ? defer({ until, state: { n: 1 } })
            : { state: ctx.wait.resumed.state, at: ctx.now().getFullYear() },
      });
    });
    const run = await runDag(definition);
    expect(run.task("later")).toMatchObject({ state: "success", tries: 1, output: { state: { n: 1 }, at: 2031 } });
  });

  test("with a watch function: a value, a skip, a time limit", async () => {
    const waiting = (watch: () => false | { done: true; value: string }, onTimeout: "fail" | "resume" = "fail") =>
      dag(`watch_${Math.random().toString(36).slice(2)}`, () => {
        operator({
          name: "job",
          options: { id: "job", retries: 0 },
          watch,
          onTimeout,
          execute: (_input, ctx) => {
            const resumed = ctx.wait?.resumed;
            if (resumed === undefined) return defer({ every: "10s", timeout: "1m" });
            return resumed.timedOut ? "too late" : resumed.event;
          },
        });
      });
    expect((await runDag(waiting(() => ({ done: true, value: "x" })))).task("job").output).toEqual({ value: "x" });
    const skipped = waiting(() => {
      throw new SkipTask("nothing");
    });
    expect((await runDag(skipped)).task("job")).toMatchObject({ state: "skipped", reason: "nothing" });
    expect((await runDag(waiting(() => false))).task("job")).toMatchObject({ state: "failed", reason: expect.stringContaining("in time") });
    expect((await runDag(waiting(() => false, "resume"))).task("job").output).toBe("too late");
  });

  test("an execution timeout bounds the whole try, deferrals included (Airflow #69678)", async () => {
    const definition = dag("bounded", () => {
      operator({
        name: "job",
        options: { id: "job", executionTimeout: "5m" },
        watch: () => false,
        execute: () => defer({ every: "1m", timeout: "10h" }),
      });
    });
    const began = Date.now();
    const run = await runDag(definition);
    expect(run.task("job").state).toBe("failed");
    const lastLine = run.task("job");
    expect(lastLine.reason).toContain("in time");
    expect(Date.now() - began).toBeLessThan(10_000);
  });
});
