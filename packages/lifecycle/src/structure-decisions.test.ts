import type { TaskInstanceState, TaskSpec } from "@polyflow/contracts";
import { describe, expect, it } from "vitest";
import { buildDagGraph, type DagGraph } from "./dag-graph.ts";
import { factsOf, specOf, taskOf } from "./fixture/specs.ts";
import { decideRunEnd } from "./run-state.ts";
import { decideTasks } from "./task-decisions.ts";

type States = { readonly [taskId: string]: TaskInstanceState };

function graphOf(tasks: readonly TaskSpec[], failFast = false): DagGraph {
  return buildDagGraph(specOf(tasks, { failFast }));
}

function decided(graph: DagGraph, states: States, skips: { readonly [taskId: string]: readonly string[] } = {}): States {
  return Object.fromEntries(decideTasks(graph, factsOf(states, skips), graph.order).tasks.map((task) => [task.taskInstanceId, task.to]));
}

describe("branches and short-circuits (A2)", () => {
  const graph = graphOf([
    taskOf("choose", [], { skipsDownstream: "direct" }),
    taskOf("other", []),
    taskOf("a", ["choose"]),
    taskOf("b", ["choose", "other"], { triggerRule: "all_done" }),
    taskOf("join", ["a", "b"], { triggerRule: "none_failed_min_one_success" }),
  ]);

  it("what is not followed is skipped at once, whatever its trigger rule and whoever else it waits for", () => {
    const states: States = { choose: "success", other: "running", a: "none", b: "none", join: "none" };
    expect(decided(graph, states, { choose: ["b"] })).toEqual({ a: "scheduled", b: "skipped" });
  });

  it("a cleared child is skipped again, and a followed one runs again", () => {
    const states: States = { choose: "success", other: "success", a: "none", b: "none", join: "success" };
    expect(decided(graph, states, { choose: ["b"] })).toEqual({ a: "scheduled", b: "skipped" });
  });

  it("a short-circuit skips what is far behind it, too, although that would run in any case", () => {
    const short = graphOf([
      taskOf("gate", [], { skipsDownstream: "all" }),
      taskOf("near", ["gate"]),
      taskOf("far", ["near"], { triggerRule: "all_done" }),
      taskOf("clean", ["far"], { role: "teardown" }),
    ]);
    const skips = { gate: ["near", "far"] };
    expect(decided(short, { gate: "success", near: "none", far: "none", clean: "none" }, skips)).toEqual({
      near: "skipped",
      far: "skipped",
      clean: "scheduled",
    });
    expect(decided(short, { gate: "success", near: "success", far: "none", clean: "success" }, skips)).toEqual({ far: "skipped" });
    expect(short.affectedBy("gate")).toEqual(expect.arrayContaining(["near", "far"]));
  });
});

describe("setups and teardowns (A2)", () => {
  const graph = graphOf([
    taskOf("make", [], { role: "setup" }),
    taskOf("first", ["make"]),
    taskOf("second", ["first"], { triggerRule: "all_done" }),
    taskOf("drop", ["make", "second"], { role: "teardown" }),
    taskOf("after", ["second"]),
  ]);

  it.each<[string, States, States]>([
    [
      "a failed setup ends work far behind it",
      { make: "failed", first: "none", second: "none" },
      { first: "upstream_failed", second: "upstream_failed" },
    ],
    ["a skipped setup skips it", { make: "skipped", first: "none", second: "none" }, { first: "skipped", second: "skipped" }],
    ["work waits for its setup, however it could go on", { make: "running", first: "success", second: "none" }, {}],
    ["with its setup done it runs by its rule", { make: "success", first: "failed", second: "none" }, { second: "scheduled" }],
  ])("%s", (_case, states, expected) => {
    expect(decided(graph, { ...states, drop: "running", after: "running" })).toEqual(expected);
  });

  it.each<[string, States, TaskInstanceState | undefined]>([
    ["runs after failed work", { make: "success", second: "failed" }, "scheduled"],
    ["waits for work", { make: "success", second: "running" }, undefined],
    ["is not run when nothing was made", { make: "failed", second: "upstream_failed" }, "upstream_failed"],
    ["is skipped with its setup", { make: "skipped", second: "skipped" }, "skipped"],
  ])("a teardown %s", (_case, states, expected) => {
    expect(decided(graph, { ...states, first: "success", drop: "none", after: "success" })["drop"]).toBe(expected);
  });

  it("what is after the teardown's work is a leaf; the teardown is none, unless it was told to", () => {
    expect(graph.leaves).toEqual(["after"]);
    const end = { make: "success", first: "success", second: "success", drop: "failed", after: "success" } as const;
    expect(decideRunEnd(graph, factsOf(end))?.to).toBe("success");
    const strict = graphOf([taskOf("work", []), taskOf("drop", ["work"], { role: "teardown", onFailureFailDagRun: true })]);
    expect(strict.leaves).toEqual(["work", "drop"]);
    expect(decideRunEnd(strict, factsOf({ work: "success", drop: "failed" }))?.to).toBe("failed");
    expect(graphOf([taskOf("drop", [], { role: "teardown" })]).leaves).toEqual(["drop"]);
  });

  it("the work of a setup that was taken down does not need it any more", () => {
    const two = graphOf([
      taskOf("make", [], { role: "setup" }),
      taskOf("work", ["make"]),
      taskOf("drop", ["make", "work"], { role: "teardown" }),
      taskOf("later", ["work"]),
    ]);
    expect(two.setupsOf("later")).toEqual([]);
    expect(graph.setupsOf("second")).toEqual(["make"]);
  });

  it("clearing work clears its setups and their teardowns", () => {
    expect(graph.setupsAndTeardownsOf("second")).toEqual(["make", "drop"]);
    expect(graph.setupsAndTeardownsOf("make")).toEqual(["drop"]);
    expect(graph.setupsAndTeardownsOf("after")).toEqual([]);
  });

  it("fail-fast spares teardowns, and a failed teardown ends nothing", () => {
    const fast = graphOf(
      [
        taskOf("make", [], { role: "setup" }),
        taskOf("bad", ["make"]),
        taskOf("other", ["make"]),
        taskOf("drop", ["make", "bad", "other"], { role: "teardown" }),
      ],
      true,
    );
    expect(decided(fast, { make: "success", bad: "failed", other: "running", drop: "none" })).toEqual({
      other: "failed",
      drop: "scheduled",
    });
    expect(decided(fast, { make: "success", bad: "running", other: "none", drop: "failed" })).toEqual({ other: "scheduled" });
    expect(decideRunEnd(fast, factsOf({ make: "success", bad: "success", other: "success", drop: "failed" }))?.to).toBe("success");
  });
});
