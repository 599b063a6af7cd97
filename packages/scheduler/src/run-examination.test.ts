import { describe, expect, it } from "vitest";
import { dagSpec, taskSpec } from "./simulation/random-dag.ts";
import { SchedulerBench } from "./simulation/scheduler-bench.ts";

describe("tasks that are known to wait", () => {
  it("a run whose last tasks wait for one that is skipped ends at once, and not with the next poll (I19)", async () => {
    const bench = new SchedulerBench({ pollMs: 600_000, parallelism: 1 });
    const last = taskSpec("d", { upstream: ["a", "b", "c"], triggerRule: "all_done_min_one_success" });
    await bench.start(
      dagSpec("join", [
        taskSpec("a"),
        taskSpec("b", { upstream: ["a"] }),
        taskSpec("c", { upstream: ["b"], triggerRule: "all_skipped" }),
        last,
      ]),
    );
    const run = bench.store.trigger("join", "r1");
    await bench.settle();
    await bench.run("a");
    await bench.run("b");
    expect(bench.states(run)).toEqual({ a: "success", b: "success", c: "skipped", d: "skipped" });
    expect(bench.runState(run)).toBe("success");
  });
});
