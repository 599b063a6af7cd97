import { describe, expect, it } from "vitest";
import type { UiStructure } from "../api/dags.ts";
import { collapse } from "./collapse.ts";
import { type Box, layoutGraph } from "./layout.ts";

const node = (task_id: string, group_id: string | null = null): UiStructure["nodes"][number] => ({
  task_id,
  label: task_id,
  operator: "function",
  details: {},
  doc_md: null,
  trigger_rule: "all_success",
  retries: 0,
  group_id,
  role: null,
  is_mapped: false,
});
const edge = (from: string, to: string, label: string | null = null) => ({ from, to, data: false, label });
const group = (group_id: string, parent_id: string | null = null) => ({ group_id, parent_id, label: group_id });
const SHAPE: UiStructure = {
  version_number: 1,
  nodes: [node("a"), node("g.b", "g"), node("g.c", "g"), node("g.deep.e", "g.deep"), node("d")],
  edges: [edge("a", "g.b"), edge("a", "g.c"), edge("g.b", "d", "if all is well"), edge("g.c", "g.deep.e"), edge("g.deep.e", "d")],
  groups: [group("g"), group("g.deep", "g")],
};
const NONE: ReadonlySet<string> = new Set();
const box = (boxes: readonly Box[], id: string): Box => {
  const found = boxes.find((one) => one.id === id);
  if (!found) throw new Error(`no box ${id}`);
  return found;
};
const isWithin = (one: Box, frame: Box) =>
  one.x >= frame.x && one.y >= frame.y && one.x + one.width <= frame.x + frame.width && one.y + one.height <= frame.y + frame.height;

describe("C2: the graph's layout", () => {
  it("puts assets that start runs before the first tasks, and those that tasks update behind them, closed groups as well", () => {
    const assets: UiStructure["assets"] = [
      { name: "orders", side: "input", task_ids: ["d"], starts_runs: true },
      { name: "orders", side: "output", task_ids: ["g.deep.e"], starts_runs: false },
    ];
    const visible = collapse({ ...SHAPE, assets }, new Set(["g"]));
    expect(visible.edges.filter((one) => one.from === "input asset orders").map((one) => one.to)).toEqual(["d", "a"]);
    expect(visible.edges.find((one) => one.to === "output asset orders")?.from).toBe("group g");
    const { nodes } = layoutGraph(visible, "LR");
    expect(box(nodes, "input asset orders").x).toBeLessThan(box(nodes, "a").x);
    expect(box(nodes, "output asset orders").x).toBeGreaterThan(box(nodes, "group g").x);
  });

  it("puts every target to the right of its source", () => {
    const { nodes } = layoutGraph(collapse(SHAPE, NONE), "LR");
    for (const { from, to } of SHAPE.edges) expect(box(nodes, to).x).toBeGreaterThan(box(nodes, from).x + box(nodes, from).width);
  });

  it("puts every target below its source on narrow screens", () => {
    const { nodes } = layoutGraph(collapse(SHAPE, NONE), "TB");
    for (const { from, to } of SHAPE.edges) expect(box(nodes, to).y).toBeGreaterThan(box(nodes, from).y);
  });

  it("frames exactly the tasks of a group, groups within groups too", () => {
    const { nodes, frames } = layoutGraph(collapse(SHAPE, NONE), "LR");
    const inside = (id: string) => nodes.filter((one) => isWithin(one, box(frames, id))).map((one) => one.id);
    expect(inside("g").toSorted()).toEqual(["g.b", "g.c", "g.deep.e"]);
    expect(inside("g.deep")).toEqual(["g.deep.e"]);
    expect(isWithin(box(frames, "g.deep"), box(frames, "g"))).toBe(true);
  });

  it("shows a closed group as one box with the edges of its tasks", () => {
    const closed = collapse(SHAPE, new Set(["g"]));
    expect(closed.nodes.map((one) => one.id)).toEqual(["a", "group g", "d"]);
    expect(closed.nodes[1]?.taskIds).toEqual(["g.b", "g.c", "g.deep.e"]);
    expect(closed.edges).toEqual([
      { from: "a", to: "group g", data: false, label: null },
      { from: "group g", to: "d", data: false, label: "if all is well" },
    ]);
    expect(closed.frames).toEqual([]);
  });

  it("places a thousand tasks in a second, side by side or in groups, without one lying on another", () => {
    const name = (index: number) => `t${index}`;
    for (const isGrouped of [false, true]) {
      const nodes = Array.from({ length: 1000 }, (_, index) => node(name(index), isGrouped ? `part${Math.floor(index / 25)}` : null));
      const edges = nodes.flatMap((_, index) => [
        ...(index % 25 === 0 ? [] : [edge(name(index - 1), name(index))]),
        ...(index >= 25 && index % 7 === 0 ? [edge(name(index - 25), name(index))] : []),
      ]);
      const groups = isGrouped ? Array.from({ length: 40 }, (_, index) => group(`part${index}`)) : [];
      const { nodes: placed } = layoutGraph(collapse({ version_number: 1, nodes, edges, groups }, NONE), "LR");
      expect(placed).toHaveLength(1000);
      const cells = new Map<string, Box>();
      for (const one of placed) {
        const column = [...cells.values()].filter((other) => Math.abs(other.x - one.x) < one.width);
        expect(column.every((other) => Math.abs(other.y - one.y) >= one.height)).toBe(true);
        cells.set(one.id, one);
      }
    }
  });

  it("ignores an edge to a task of another version", () => {
    expect(layoutGraph(collapse({ ...SHAPE, nodes: [node("a")], groups: [], edges: [edge("a", "gone")] }, NONE), "LR").nodes).toHaveLength(
      1,
    );
  });
});
