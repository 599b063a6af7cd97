import { describe, expect, it } from "vitest";
import { type Box, layoutGraph } from "./layout.ts";

const node = (task_id: string, group_id: string | null = null) => ({ task_id, group_id });
const box = (boxes: readonly Box[], id: string): Box => {
  const found = boxes.find((one) => one.id === id);
  if (!found) throw new Error(`no box ${id}`);
  return found;
};

describe("C2: the graph's layout", () => {
  const shape = {
    nodes: [node("a"), node("g.b", "g"), node("g.c", "g"), node("d")],
    edges: [
      { from: "a", to: "g.b" },
      { from: "a", to: "g.c" },
      { from: "g.b", to: "d" },
      { from: "g.c", to: "d" },
    ],
  };

  it("puts every target to the right of its source", () => {
    const { tasks } = layoutGraph(shape, "LR");
    for (const { from, to } of shape.edges) expect(box(tasks, to).x).toBeGreaterThan(box(tasks, from).x + box(tasks, from).width);
  });

  it("puts every target below its source on narrow screens", () => {
    const { tasks } = layoutGraph(shape, "TB");
    for (const { from, to } of shape.edges) expect(box(tasks, to).y).toBeGreaterThan(box(tasks, from).y);
  });

  it("frames exactly the tasks of a group", () => {
    const { tasks, groups } = layoutGraph(shape, "LR");
    const frame = box(groups, "g");
    const inside = (one: Box) =>
      one.x >= frame.x && one.y >= frame.y && one.x + one.width <= frame.x + frame.width && one.y + one.height <= frame.y + frame.height;
    expect(tasks.filter(inside).map(({ id }) => id)).toEqual(["g.b", "g.c"]);
  });

  it("ignores an edge to a task of another version", () => {
    expect(layoutGraph({ nodes: [node("a")], edges: [{ from: "a", to: "gone" }] }, "LR").tasks).toHaveLength(1);
  });
});
