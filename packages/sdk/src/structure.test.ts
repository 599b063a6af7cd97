import { isPolyflowError, type TaskSpec } from "@polyflow/contracts";
import { describe, expect, it } from "vitest";
import {
  asTeardown,
  bash,
  branch,
  chain,
  concat,
  dag,
  each,
  group,
  label,
  latestOnly,
  mappedGroup,
  setup,
  shortCircuit,
  SkipTask,
  task,
  teardown,
  zip,
} from "./index.ts";
import type { DagDefinition } from "./runtime/definition.ts";
import { runTask } from "./runtime/run-task.ts";
import { createTestContext } from "./test-context.ts";

const step = (id: string) => task(id, () => id);
const list = task("list", () => ["a", "b"]);
const copy = task("copy", (input: { file: string; day?: number }) => `${input.file}${input.day ?? ""}`);

function described(build: () => void): DagDefinition {
  return dag("structure", build);
}

function taskOf({ spec }: DagDefinition, taskId: string): TaskSpec {
  const found = spec.tasks.find((each) => each.taskId === taskId);
  if (found === undefined) throw new Error(`no task ${taskId}`);
  return found;
}

function problemOf(build: () => void): string {
  try {
    described(build);
  } catch (error) {
    if (isPolyflowError(error, "dag_invalid")) return error.message;
    throw error;
  }
  return "";
}

describe("groups (A1)", () => {
  it("prefix ids, nest, bring defaults, and stand in an order by their first and last tasks", () => {
    const made = described(() => {
      const load = group(
        "load",
        () => {
          const inner = group("inner", () => step("b")(), { prefix: false, label: "Inside" });
          chain(step("a")(), inner);
        },
        { tooltip: "Loads", defaults: { retries: 3 } },
      );
      chain(step("first")(), label("when good"), load, step("last")());
    });
    expect(made.spec.groups).toEqual([
      { groupId: "load", tooltip: "Loads" },
      { groupId: "load.inner", parentId: "load", label: "Inside" },
    ]);
    expect(taskOf(made, "load.a")).toMatchObject({
      upstream: ["first"],
      groupId: "load",
      retries: 3,
      upstreamLabels: { first: "when good" },
    });
    expect(taskOf(made, "load.b")).toMatchObject({ upstream: ["load.a"], groupId: "load.inner", retries: 3 });
    expect(taskOf(made, "last").upstream).toEqual(["load.b"]);
  });

  it("what comes after a group does not wait for its teardowns", () => {
    const made = described(() => {
      const load = group("load", () => chain(setup("make", () => 1)(), step("work")(), teardown("drop", () => 1)()));
      chain(load, step("after")());
    });
    expect(taskOf(made, "after").upstream).toEqual(["load.work"]);
  });

  it("an id that is taken is refused", () => {
    expect(problemOf(() => void [group("g", () => step("a")()), group("g", () => step("b")())])).toContain('"g" is taken');
  });
});

describe("setups and teardowns (A2)", () => {
  it("a teardown has its own trigger rule, and setups are put before it", () => {
    const made = described(() => {
      const make = step("make")();
      const work = step("work")();
      const drop = asTeardown(bash({ id: "drop", command: "true" }), { setups: make, onFailureFailDagRun: true });
      chain(make, work, drop);
    });
    expect(taskOf(made, "make").role).toBe("setup");
    expect(taskOf(made, "drop")).toMatchObject({
      role: "teardown",
      onFailureFailDagRun: true,
      triggerRule: "all_done_setup_success",
      upstream: ["make", "work"],
    });
  });

  it("work directly after a setup cannot choose to run without it, nor a teardown when it runs", () => {
    const late = task({ id: "late", triggerRule: "all_done" }, () => 1);
    expect(problemOf(() => chain(setup("make", () => 1)(), late()))).toContain('can only be "all_success"');
    expect(problemOf(() => void teardown({ id: "drop", triggerRule: "always" }, () => 1)())).toContain("Leave out triggerRule");
  });
});

describe("tasks that skip others (A2)", () => {
  it("say in the spec how far they reach, and in their outcome what follows", async () => {
    const made = described(() => {
      chain(branch("choose", () => "small")(), [step("small")(), step("large")()]);
      chain(shortCircuit("has_files", () => [])(), step("x")());
      chain(shortCircuit({ id: "near", ignoreDownstreamTriggerRules: false }, () => 1)(), step("y")());
      chain(latestOnly({ id: "latest" }), step("z")());
    });
    const reach = Object.fromEntries(made.spec.tasks.map((each) => [each.taskId, each.skipsDownstream]));
    expect(reach).toMatchObject({ choose: "direct", has_files: "all", near: "direct", latest: "direct" });
    const outcomeOf = async (taskId: string) => {
      const found = made.tasks.get(taskId);
      return found === undefined ? undefined : runTask({ task: found, input: {}, context: createTestContext().context });
    };
    expect(await outcomeOf("choose")).toEqual({ kind: "success", output: ["small"], skips: { kind: "branch", follow: ["small"] } });
    expect(await outcomeOf("has_files")).toEqual({ kind: "success", output: false, skips: { kind: "short_circuit", scope: "all" } });
    expect(await outcomeOf("near")).toEqual({ kind: "success", output: true });
    expect(await outcomeOf("latest")).toEqual({ kind: "success", skips: { kind: "latest_only" } });
  });
});

it("maxMapLength of the DAG is that of what is mapped in it and says nothing else (A3)", () => {
  const made = dag({ id: "limited", maxMapLength: 5 }, () => {
    copy.expand({ file: ["a"] });
    copy.with({ id: "own", maxMapLength: 9 }).expand({ file: ["a"] });
    mappedGroup("each", { file: ["a"] }, ({ file }) => void copy.with({ id: "inside" })({ file }));
    copy.with({ id: "plain" })({ file: "a" });
  });
  expect([taskOf(made, "copy").mapping?.maxLength, taskOf(made, "own").mapping?.maxLength]).toEqual([5, 9]);
  expect(made.spec.groups?.[0]?.mapping?.maxLength).toBe(5);
  expect(taskOf(made, "plain")).not.toHaveProperty("mapping");
  expect(() => dag({ id: "x", maxMapLength: 0 }, () => undefined)).toThrow(/maxMapLength/);
});

describe("mapped tasks (A3)", () => {
  it("expand, partial, expandKwargs, each, zip, concat and map stand in the spec", () => {
    const made = described(() => {
      const files = list();
      copy.partial({ day: 1 }).expand({ file: files });
      copy.with({ id: "cross", maxMapLength: 9 }).expand({ file: files, day: [1, 2] });
      copy.with({ id: "kwargs" }).expandKwargs([{ file: "x" }, { file: "y", day: 2 }]);
      copy.with({ id: "changed" }).expand({
        file: concat(
          files.map((file) => `${file}!`),
          ["c"],
        ),
      });
      bash({ id: "echo", command: "echo $F", env: { F: each(zip(files, [1, 2])).get(0), G: "fixed" } });
    });
    const output = { kind: "output", taskId: "list" };
    expect(taskOf(made, "copy")).toMatchObject({
      upstream: ["list"],
      inputs: { day: { kind: "constant", value: 1 } },
      mapping: { kind: "expand", inputs: [{ name: "file", source: output }] },
    });
    expect(taskOf(made, "cross").mapping).toEqual({
      kind: "expand",
      inputs: [
        { name: "file", source: output },
        { name: "day", source: { kind: "constant", value: [1, 2] } },
      ],
      maxLength: 9,
    });
    expect(taskOf(made, "kwargs").mapping).toMatchObject({ kind: "expand_kwargs", source: { kind: "constant" } });
    expect(taskOf(made, "changed").mapping).toMatchObject({
      inputs: [
        {
          source: {
            kind: "concat",
            sources: [
              { kind: "map", source: output, function: 0 },
              { kind: "constant", value: ["c"] },
            ],
          },
        },
      ],
    });
    expect(taskOf(made, "echo")).toMatchObject({
      mapping: { inputs: [{ name: "F", source: { kind: "map", source: { kind: "zip" }, function: 0 } }] },
    });
  });

  it("a mapped group gives its tasks elements, waits for what it is mapped over, and holds no other mapping", () => {
    const made = described(() => {
      const files = list();
      mappedGroup("file", { name: files.map((file) => ({ path: file })) }, ({ name }) => {
        const first = copy({ file: name.get("path") });
        chain(first, step("check")());
      });
    });
    expect(made.spec.groups).toMatchObject([
      { groupId: "file", mapping: { inputs: [{ name: "name", source: { kind: "map", function: 0 } }] } },
    ]);
    expect(taskOf(made, "file.copy")).toMatchObject({
      upstream: ["list"],
      inputs: { file: { kind: "element", name: "name", path: ["path"] } },
    });
    expect(taskOf(made, "file.check").upstream).toEqual(["file.copy"]);
    expect(made.tasks.get("file.check")?.mapFunctions).toHaveLength(1);
    expect(problemOf(() => void mappedGroup("g", { x: [1] }, () => copy.expand({ file: ["a"] })))).toContain(
      'inside of the mapped group "g"',
    );
  });

  it("the author's functions change elements in the task process; a SkipTask in one skips that instance (A3)", async () => {
    const made = described(() => {
      const named = copy.with({ id: "named", mapIndexTemplate: "{{ inputs.file }} of {{ dag.dag_id }}" });
      named.expand({
        file: list().map((file) => {
          if (file === "b") throw new SkipTask("not b");
          return file.toUpperCase();
        }),
      });
    });
    const found = made.tasks.get("named");
    if (found === undefined) throw new Error("no task");
    const run = (element: string) =>
      runTask({
        task: found,
        input: { day: 7 },
        context: createTestContext({ mapIndex: 0 }).context,
        mapped: {
          elements: { file: element },
          calls: [{ input: "file", path: [], function: 0 }],
          inputs: { file: { element: "file", path: [] } },
        },
      });
    expect(await run("a")).toEqual({ kind: "success", output: "A7", mapName: "A of test" });
    expect(await run("b")).toEqual({ kind: "skipped", reason: "not b" });
  });

  it("only lists and objects can be mapped over", () => {
    // @ts-expect-error a text is no list
    expect(problemOf(() => void copy.expand({ file: "abc" }))).toContain("neither a list nor an object");
  });
});
