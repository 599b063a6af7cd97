import type { DagSpec, TaskSpec } from "@polyflow/contracts";
import { describe, expect, it } from "vitest";
import { specOf, taskOf } from "./fixture/specs.ts";
import { decideSkips, type SkipFacts } from "./skips.ts";

const NOW = new Date("2026-03-01T12:00:00Z");

function facts(tasks: readonly TaskSpec[], given: Partial<SkipFacts> & { readonly dag?: Partial<DagSpec> } = {}): SkipFacts {
  const at = new Date("2026-03-01T00:00:00Z");
  const { dag, ...run } = given;
  const times = { logicalDate: at, dataIntervalStart: at, dataIntervalEnd: at, runAfter: at };
  return { taskId: "choose", spec: specOf(tasks, dag), runType: "scheduled", ...times, ...run };
}

const BRANCHES = [
  taskOf("choose", [], { skipsDownstream: "direct" }),
  taskOf("a", ["choose"]),
  taskOf("b", ["choose"]),
  taskOf("after_a", ["a", "choose"]),
  taskOf("clean", ["choose"], { role: "teardown" }),
  taskOf("g.x", ["choose"], { groupId: "g" }),
  taskOf("g.y", ["g.x"], { groupId: "g" }),
];

describe("decideSkips (A2; Airflow's SkipMixin)", () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ["one followed: the others directly after it are skipped, but not what comes after the followed one", ["a"], ["b", "g.x"]],
    ["several", ["a", "b"], ["g.x"]],
    ["none", [], ["a", "b", "g.x", "after_a"]],
    ["a group stands for its first tasks", ["g"], ["a", "b", "after_a"]],
  ])("branch: %s", (_case, follow, skips) => {
    const decision = decideSkips(facts(BRANCHES, { dag: { groups: [{ groupId: "g" }] } }), { kind: "branch", follow: [...follow] }, NOW);
    expect(decision.allowed && [...decision.skips].sort()).toEqual([...skips].sort());
  });

  it("a branch that names what does not come after it is told what it can follow", () => {
    const decision = decideSkips(facts(BRANCHES), { kind: "branch", follow: ["nowhere"] }, NOW);
    expect(decision).toMatchObject({ allowed: false, reason: expect.stringContaining('It can follow "a", "b"') as string });
  });

  it("a short-circuit reaches all that follows, or only what is next; teardowns never", () => {
    const tasks = [
      taskOf("choose", [], { skipsDownstream: "all" }),
      taskOf("near", ["choose"]),
      taskOf("far", ["near"], { triggerRule: "all_done" }),
      taskOf("clean", ["far"], { role: "teardown" }),
    ];
    expect(decideSkips(facts(tasks), { kind: "short_circuit", scope: "all" }, NOW)).toEqual({ allowed: true, skips: ["near", "far"] });
    expect(decideSkips(facts(tasks), { kind: "short_circuit", scope: "direct" }, NOW)).toEqual({ allowed: true, skips: ["near"] });
  });

  it.each<[string, Partial<SkipFacts>, readonly string[]]>([
    ["the newest run goes on", {}, []],
    [
      "a run that makes up for an earlier day does not",
      { logicalDate: new Date("2026-02-20T00:00:00Z"), dataIntervalEnd: new Date("2026-02-20T00:00:00Z") },
      ["a"],
    ],
    ["a run that somebody asked for does", { runType: "manual", logicalDate: new Date("2020-01-01T00:00:00Z") }, []],
  ])("latest only: %s", (_case, run, skips) => {
    const tasks = [taskOf("choose", [], { skipsDownstream: "direct" }), taskOf("a", ["choose"])];
    const dag: Partial<DagSpec> = { schedule: { kind: "cron", expressions: ["0 0 * * *"], timezone: "UTC" } };
    expect(decideSkips(facts(tasks, { dag, ...run }), { kind: "latest_only" }, NOW)).toEqual({ allowed: true, skips });
  });

  it("a task that was not described as one that skips others cannot", () => {
    expect(decideSkips(facts([taskOf("choose", [])]), { kind: "latest_only" }, NOW).allowed).toBe(false);
  });
});
