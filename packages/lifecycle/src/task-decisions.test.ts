import {
  brand,
  isPolyflowError,
  type TaskInstanceId,
  type TaskInstanceState,
  type TaskSpec,
  TRIGGER_RULES,
  type TriggerRule,
} from "@polyflow/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildDagGraph, type DagGraph } from "./dag-graph.ts";
import { taskOf } from "./fixture/specs.ts";
import { decideRunEnd, tasksThatDecideRunEnd } from "./run-state.ts";
import type { TaskStateFacts } from "./instance-index.ts";
import { applyDecisions, decideDeadlock, decideTasks } from "./task-decisions.ts";

function task(taskId: string, upstream: readonly string[], triggerRule: TriggerRule = "all_success"): TaskSpec {
  return taskOf(taskId, upstream, { triggerRule });
}

function graphOf(tasks: readonly TaskSpec[], failFast = false): DagGraph {
  return buildDagGraph({ dagId: "d", failFast, catchup: false, tasks });
}

function factsOf(states: { readonly [taskId: string]: TaskInstanceState }): readonly TaskStateFacts[] {
  return Object.entries(states).map(([taskId, state]) => ({ taskInstanceId: brand<TaskInstanceId>(taskId), taskId, mapIndex: -1, state }));
}

function decided(graph: DagGraph, states: { readonly [taskId: string]: TaskInstanceState }): { readonly [taskId: string]: string } {
  return Object.fromEntries(
    decideTasks(graph, factsOf(states), graph.order).tasks.map((decision) => [decision.taskInstanceId, decision.to]),
  );
}

describe("buildDagGraph", () => {
  const diamond = graphOf([task("c", ["a"]), task("a", []), task("b", ["a"]), task("d", ["b", "c"])]);

  it("orders, and finds roots, leaves and descendants", () => {
    expect(diamond.order.indexOf("a")).toBe(0);
    expect(diamond.order.at(-1)).toBe("d");
    expect(diamond.roots).toEqual(["a"]);
    expect(diamond.leaves).toEqual(["d"]);
    expect(diamond.downstreamOf("a")).toEqual(["c", "b"]);
    expect(diamond.descendantsOf(["b"])).toEqual(["d"]);
    expect(diamond.descendantsOf(["a"])).toHaveLength(3);
  });

  it.each([
    ["a cycle", [task("a", ["b"]), task("b", ["a"])], "wait for each other: a, b"],
    ["an unknown upstream task", [task("a", ["x"])], '"x", which does not exist'],
    ["a task id that comes twice", [task("a", []), task("a", [])], '"a" comes twice'],
  ])("refuses %s", (_name, tasks, message) => {
    let caught: unknown;
    try {
      graphOf(tasks);
    } catch (error) {
      caught = error;
    }
    expect(isPolyflowError(caught, "dag_invalid")).toBe(true);
    expect(String(caught)).toContain(message);
  });
});

describe("decideTasks", () => {
  const chain = graphOf([task("a", []), task("b", ["a"]), task("c", ["b"]), task("cleanup", ["c"], "all_done")]);

  it("starts roots, and what follows a success", () => {
    expect(decided(chain, { a: "none", b: "none", c: "none", cleanup: "none" })).toEqual({ a: "scheduled" });
    expect(decided(chain, { a: "success", b: "none", c: "none", cleanup: "none" })).toEqual({ b: "scheduled" });
  });

  it("carries a failure to the end in one pass, and starts what runs in any case", () => {
    expect(decided(chain, { a: "failed", b: "none", c: "none", cleanup: "none" })).toEqual({
      b: "upstream_failed",
      c: "upstream_failed",
      cleanup: "scheduled",
    });
  });

  it("decides nothing where facts of an upstream task are missing", () => {
    const graph = graphOf([task("a", []), task("b", []), task("c", ["a", "b"])]);
    expect(decided(graph, { a: "success", c: "none" })).toEqual({});
  });

  it("leaves a task alone that was cleared while it runs: its old attempt must end first", () => {
    expect(decided(chain, { a: "restarting", b: "none", c: "none", cleanup: "none" })).toEqual({});
  });

  it("fail-fast ends the rest at the first failure: what runs fails, what waits is skipped", () => {
    const graph = graphOf([task("a", []), task("b", []), task("c", []), task("d", ["a"])], true);
    expect(decided(graph, { a: "failed", b: "running", c: "up_for_retry", d: "none" })).toEqual({
      b: "failed",
      c: "skipped",
      d: "skipped",
    });
    expect(decided(graph, { a: "success", b: "failed", c: "success", d: "queued" })).toEqual({ d: "skipped" });
  });

  it("gives the same result from partial facts, step by step, as from all facts at once", () => {
    const dag = fc.array(fc.tuple(fc.constantFrom(...TRIGGER_RULES), fc.array(fc.nat(8), { maxLength: 3 })), {
      minLength: 1,
      maxLength: 9,
    });
    const outcome = fc.array(fc.constantFrom<TaskInstanceState>("success", "failed", "skipped"), { minLength: 9, maxLength: 9 });
    fc.assert(
      fc.property(dag, outcome, (shape, outcomes) => {
        const tasks = shape.map(([rule, upstream], index) => {
          const ids = [...new Set(upstream.filter((from) => from < index).map((from) => `t${from}`))];
          return task(`t${index}`, ids, rule);
        });
        const graph = graphOf(tasks);
        const run = (local: boolean): readonly TaskStateFacts[] => {
          let facts = factsOf(Object.fromEntries(graph.order.map((taskId) => [taskId, "none" as const])));
          facts = applyDecisions(facts, decideTasks(graph, facts, graph.order));
          for (
            let started = facts.find((fact) => fact.state === "scheduled");
            started !== undefined;
            started = facts.find((fact) => fact.state === "scheduled")
          ) {
            const { taskId } = started;
            const state = outcomes[Number(taskId.slice(1))] ?? "success";
            facts = facts.map((fact) => (fact.taskId === taskId ? { ...fact, state } : fact));
            const candidates = local ? graph.descendantsOf([taskId]) : graph.order;
            const needed = new Set(local ? [...candidates, ...candidates.flatMap((id) => graph.upstreamOf(id))] : graph.order);
            const decisions = decideTasks(
              graph,
              facts.filter((fact) => needed.has(fact.taskId)),
              candidates,
            );
            facts = applyDecisions(facts, decisions);
          }
          return facts;
        };
        const result = run(true);
        expect(result).toEqual(run(false));
        expect(result.every((fact) => fact.state !== "none" && fact.state !== "scheduled")).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe("decideDeadlock", () => {
  it("ends what can never move, and only then", () => {
    expect(decideDeadlock(factsOf({ a: "removed", b: "none" })).map((decision) => decision.to)).toEqual(["upstream_failed"]);
    expect(decideDeadlock(factsOf({ a: "up_for_retry", b: "none" }))).toEqual([]);
    expect(decideDeadlock(factsOf({ a: "success" }))).toEqual([]);
  });
});

describe("decideRunEnd (I19)", () => {
  const graph = graphOf([task("a", []), task("b", ["a"], "all_done"), task("c", ["a"], "all_done")]);

  it.each<[{ readonly [taskId: string]: TaskInstanceState }, string | undefined]>([
    [{ a: "failed", b: "success", c: "success" }, "success"],
    [{ a: "success", b: "skipped", c: "success" }, "success"],
    [{ a: "success", b: "failed", c: "success" }, "failed"],
    [{ a: "success", b: "upstream_failed", c: "success" }, "failed"],
    [{ a: "success", b: "running", c: "failed" }, undefined],
    [{ a: "success", b: "removed", c: "success" }, "success"],
  ])("leaves decide: %j is %s", (states, expected) => {
    expect(decideRunEnd(graph, factsOf(states))?.to).toBe(expected);
  });

  it("a fail-fast run has failed although its leaves were skipped", () => {
    const failFast = graphOf([task("a", []), task("b", ["a"])], true);
    expect(tasksThatDecideRunEnd(failFast)).toBeUndefined();
    expect(decideRunEnd(failFast, factsOf({ a: "failed", b: "skipped" }))).toEqual({ to: "failed", reason: "Failed: a." });
    expect(decideRunEnd(failFast, factsOf({ a: "success", b: "success" }))?.to).toBe("success");
  });

  it("a run without tasks succeeds", () => {
    expect(decideRunEnd(graphOf([]), [])).toEqual({ to: "success", reason: null });
  });
});
