import type { UiDataLineage, UiLineageEdge, UiLineageNode } from "@polyflow/contracts/wire";
import { describe, expect, it } from "vitest";
import { layoutLineage } from "./lineage-layout.ts";
import { lineageView } from "./lineage-view.ts";
import { nextNode } from "./next-node.ts";

const node = (id: string, kind: UiLineageNode["kind"], columns: readonly string[] = []): UiLineageNode => ({
  id,
  kind,
  name: id,
  columns: [...columns],
  project: "p",
  title: null,
  description: null,
  translations: {},
  detail: null,
  owner: null,
  asset_id: null,
});
const edge = (
  from: string,
  to: string,
  columns: readonly (readonly [string, string])[] = [],
  by: readonly string[] = [],
): UiLineageEdge => ({
  from,
  to,
  flow: null,
  by: [...by],
  columns: columns.map(([one, other]) => ({ from: one, to: other })),
});
const LINEAGE: UiDataLineage = {
  nodes: [
    node("file", "source", ["id", "sum"]),
    node("sales", "entity", ["sale_id", "amount"]),
    node("by_day", "model", ["day", "total"]),
    node("report", "model", ["total"]),
    node("other", "entity"),
    node("load", "process"),
  ],
  edges: [
    edge(
      "file",
      "sales",
      [
        ["id", "sale_id"],
        ["sum", "amount"],
      ],
      ["load"],
    ),
    edge("sales", "by_day", [["amount", "total"]]),
    edge("by_day", "report", [["total", "total"]]),
  ],
  problems: [],
};
const ALL = { processes: false, open: new Set<string>() };
const ids = (view: ReturnType<typeof lineageView>) => view.nodes.map((one) => one.node.id);
const lines = (view: ReturnType<typeof lineageView>) => view.edges.map(({ from, to }) => `${from} > ${to}`);

describe("B10, C6: what of the lineage is shown", () => {
  it("leads over the tasks that carry the rows, or past them", () => {
    expect(lines(lineageView(LINEAGE, { ...ALL, processes: true }))).toEqual([
      "file > load",
      "load > sales",
      "sales > by_day",
      "by_day > report",
    ]);
    const without = lineageView(LINEAGE, ALL);
    expect(lines(without)).toEqual(["file > sales", "sales > by_day", "by_day > report"]);
    expect(ids(without)).not.toContain("load");
  });

  it("joins what a process reads with what it writes where processes are left out", () => {
    const assets = {
      nodes: [node("a", "asset"), node("dag", "process"), node("b", "asset")],
      edges: [edge("a", "dag"), edge("dag", "b")],
      problems: [],
    };
    expect(lines(lineageView(assets, ALL))).toEqual(["a > b"]);
  });

  it("narrows to so many steps against and with the direction of data", () => {
    expect(ids(lineageView(LINEAGE, { ...ALL, node: "sales", up: 1, down: 1 }))).toEqual(["file", "sales", "by_day"]);
    expect(ids(lineageView(LINEAGE, { ...ALL, node: "sales", up: 0, down: 99 }))).toEqual(["sales", "by_day", "report"]);
  });

  it("follows one column back to its file and on to the last report, and shows nothing else", () => {
    const view = lineageView(LINEAGE, { ...ALL, node: "by_day", column: "total" });
    expect(view.nodes.map(({ node: { id }, columns, more }) => [id, columns, more])).toEqual([
      ["file", ["sum"], 1],
      ["sales", ["amount"], 1],
      ["by_day", ["total"], 1],
      ["report", ["total"], 0],
    ]);
    expect(view.edges.map(({ columns }) => columns)).toEqual(
      expect.arrayContaining([
        { from: "sum", to: "amount" },
        { from: "amount", to: "total" },
        { from: "total", to: "total" },
      ]),
    );
  });

  it("keeps the node in sight when its column comes from nowhere", () => {
    expect(ids(lineageView(LINEAGE, { ...ALL, node: "by_day", column: "day" }))).toEqual(["by_day"]);
  });

  it("joins columns where both boxes are open, boxes otherwise", () => {
    const open = new Set(["file", "sales"]);
    expect(lineageView(LINEAGE, { ...ALL, open }).edges.map(({ columns }) => columns?.to ?? null)).toEqual([
      "sale_id",
      "amount",
      null,
      null,
    ]);
  });

  it("ends on circles", () => {
    const circle = {
      nodes: [node("a", "model", ["x"]), node("b", "model", ["x"])],
      edges: [edge("a", "b", [["x", "x"]]), edge("b", "a", [["x", "x"]])],
      problems: [],
    };
    expect(ids(lineageView(circle, { ...ALL, node: "a", column: "x" }))).toEqual(["a", "b"]);
    expect(ids(lineageView(circle, { ...ALL, node: "a", up: 99, down: 99 }))).toEqual(["a", "b"]);
  });
});

describe("C6: the layout of a large catalogue", () => {
  const many = Array.from({ length: 500 }, (_, index) => index);
  const lineage: UiDataLineage = {
    nodes: many.flatMap((index) => [node(`s${index}`, "source", ["a"]), node(`t${index}`, "entity", ["a"])]),
    edges: many.flatMap((index) => [
      edge(`s${index}`, `t${index}`),
      ...(index % 3 === 0 && index > 0 ? [edge(`t${index - 1}`, `t${index}`)] : []),
    ]),
    problems: [],
  };

  it("places 500 tables with their sources without overlaps, as a picture and not as a column", () => {
    const placed = [...layoutLineage(lineageView(lineage, ALL), "LR").values()];
    expect(placed).toHaveLength(1000);
    const overlaps = placed.filter((a, at) =>
      placed.slice(at + 1).some((b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height),
    );
    expect(overlaps).toEqual([]);
    const [width, height] = [Math.max(...placed.map((box) => box.x + box.width)), Math.max(...placed.map((box) => box.y + box.height))];
    expect(width / height).toBeGreaterThan(1);
    expect(width / height).toBeLessThan(4);
  });

  it("arrow keys lead along the edges and within a rank", () => {
    const view = lineageView(LINEAGE, ALL);
    const picture = { edges: view.edges, placed: layoutLineage(view, "LR") };
    expect(nextNode("sales", "ArrowRight", picture)).toBe("by_day");
    expect(nextNode("sales", "ArrowLeft", picture)).toBe("file");
    expect(nextNode("report", "ArrowRight", picture)).toBeUndefined();
  });
});
