import { type JsonValue, mapOutputs, type MappingSpec, type MapSource } from "@polyflow/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildDagGraph } from "./dag-graph.ts";
import { factsOf, specOf, taskOf } from "./fixture/specs.ts";
import { lengthsOfOutputs, mappedElements } from "./map-elements.ts";
import { mapLength } from "./map-length.ts";
import { decideTasks } from "./task-decisions.ts";

const list = (...value: readonly JsonValue[]): MapSource => ({ kind: "constant", value });
const over = (...sources: readonly MapSource[]): MappingSpec => ({
  kind: "expand",
  inputs: sources.map((source, index) => ({ name: `x${index}`, source })),
});

function allOf(mapping: MappingSpec, outputs: { readonly [taskId: string]: JsonValue } = {}) {
  const known = new Map(Object.entries(outputs));
  const length = mapLength(mapping, lengthsOfOutputs(mapOutputs(mapping), known));
  if (length.kind !== "length") return length.kind;
  return Array.from({ length: length.length }, (_, index) => mappedElements(mapping, index, known)?.values);
}

describe("what instances of a mapping get (A3)", () => {
  it.each<[string, MappingSpec, unknown]>([
    ["a list", over(list("a", "b")), [{ x0: "a" }, { x0: "b" }]],
    ["an object: its pairs", over({ kind: "constant", value: { a: 1 } }), [{ x0: ["a", 1] }]],
    [
      "two lists: each combination, the last changes fastest",
      over(list(1, 2), list("a", "b")),
      [
        { x0: 1, x1: "a" },
        { x0: 1, x1: "b" },
        { x0: 2, x1: "a" },
        { x0: 2, x1: "b" },
      ],
    ],
    ["zip: as many as the shortest", over({ kind: "zip", sources: [list(1, 2, 3), list("a")] }), [{ x0: [1, "a"] }]],
    [
      "zip with fill: as many as the longest",
      over({ kind: "zip", sources: [list(1, 2), list("a")], fill: 0 }),
      [{ x0: [1, "a"] }, { x0: [2, 0] }],
    ],
    ["concat", over({ kind: "concat", sources: [list(1), list(2, 3)] }), [{ x0: 1 }, { x0: 2 }, { x0: 3 }]],
    ["nothing in one of them: nothing at all", over(list(), list(1, 2)), []],
    ["no output", over({ kind: "output", taskId: "t" }), "absent"],
    ["a text", over({ kind: "output", taskId: "text" }), "invalid"],
    ["a part of an output", over({ kind: "output", taskId: "deep", path: ["files"] }), [{ x0: 7 }]],
  ])("%s", (_case, mapping, expected) => {
    expect(allOf(mapping, { text: "abc", deep: { files: [7] } })).toEqual(expected);
  });

  it("functions are named in the order in which they are applied, with their place in the input", () => {
    const mapped: MapSource = {
      kind: "map",
      function: 1,
      source: { kind: "zip", sources: [list(1), { kind: "map", function: 0, source: list(2) }] },
    };
    expect(mappedElements(over(mapped), 0, new Map())?.calls).toEqual([
      { input: "x0", path: [1], function: 0 },
      { input: "x0", path: [], function: 1 },
    ]);
  });

  it("any combination of lists: as many as the product, each combination once (property)", () => {
    const source: fc.Arbitrary<MapSource> = fc.letrec<{ source: MapSource }>((tie) => ({
      source: fc.oneof(
        { maxDepth: 2 },
        fc.uniqueArray(fc.integer(), { maxLength: 4 }).map((value): MapSource => ({ kind: "constant", value })),
        fc.array(tie("source"), { minLength: 1, maxLength: 2 }).map((sources): MapSource => ({ kind: "concat", sources })),
        fc.array(tie("source"), { minLength: 1, maxLength: 2 }).map((sources): MapSource => ({ kind: "zip", sources })),
      ),
    })).source;
    fc.assert(
      fc.property(fc.array(source, { minLength: 1, maxLength: 3 }), (sources) => {
        const alone = sources.map((one) => (allOf(over(one)) as unknown as readonly { readonly x0: JsonValue }[]).map(({ x0 }) => x0));
        const expected = alone.reduce<readonly (readonly JsonValue[])[]>(
          (rows, values) => rows.flatMap((row) => values.map((value) => [...row, value])),
          [[]],
        );
        const found = allOf(over(...sources)) as unknown as readonly { readonly [name: string]: JsonValue }[];
        expect(found.map((values) => sources.map((_source, index) => values[`x${index}`]))).toEqual(expected);
        expect(mappedElements(over(...sources), expected.length, new Map())).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });
});

describe("when mapped tasks get their instances (A3)", () => {
  const mapping = over({ kind: "output", taskId: "list" });
  const graph = buildDagGraph(specOf([taskOf("list", []), taskOf("each", ["list"], { mapping }), taskOf("join", ["each"])]));
  const lengths = (length: number) => ({ lengths: new Map([['["list"]', { kind: "length", length } as const]]) });
  const states = { list: "success", each: "none", join: "none" } as const;

  it("asks for the length, expands, skips what has no elements, fails what has too many", () => {
    expect(decideTasks(graph, factsOf(states), graph.order).wantedLengths).toEqual([{ taskId: "list", path: [] }]);
    expect(decideTasks(graph, factsOf(states), graph.order, lengths(3)).expansions).toEqual([
      { taskIds: ["each"], length: 3, to: "scheduled" },
    ]);
    expect(decideTasks(graph, factsOf(states), graph.order, lengths(0)).tasks.map(({ to }) => to)).toEqual(["skipped", "skipped"]);
    const [failed] = decideTasks(graph, factsOf(states), graph.order, { ...lengths(11), maxMapLength: 10 }).tasks;
    expect(failed).toMatchObject({ to: "failed", reason: expect.stringContaining("at most 10") });
  });

  it("one instance that ends is no reason to decide about the join; removed ones are none of the task's", () => {
    const some = factsOf({ list: "success", "each#0": "success", "each#1": "running", "each#2": "removed", join: "none" });
    expect(decideTasks(graph, some, graph.order).tasks).toEqual([]);
    const all = factsOf({ list: "success", "each#0": "success", "each#1": "success", "each#2": "removed", join: "none" });
    expect(decideTasks(graph, all, graph.order).tasks).toMatchObject([{ taskInstanceId: "join", to: "scheduled" }]);
  });

  it("counts decide as single instances do (property)", () => {
    const state = fc.constantFrom("success", "failed", "skipped", "running", "upstream_failed" as const);
    fc.assert(
      fc.property(fc.array(state, { minLength: 1, maxLength: 6 }), (each) => {
        const single = factsOf(
          Object.fromEntries([["list", "success"], ["join", "none"], ...each.map((one, index) => [`each#${index}`, one])]),
        );
        const counted = [
          ...single.filter(({ taskId }) => taskId !== "each"),
          ...[
            ...Map.groupBy(
              single.filter(({ taskId }) => taskId === "each"),
              (fact) => fact.state,
            ).values(),
          ].flatMap((group) => (group[0] === undefined ? [] : [{ ...group[0], count: group.length, isTotal: true }])),
        ];
        const decided = (facts: typeof single) => decideTasks(graph, facts, ["join"]).tasks.map(({ to, reason }) => [to, reason]);
        expect(decided(counted)).toEqual(decided(single));
      }),
    );
  });
});
