import { describe, expect, it } from "vitest";
import { parentsOf, treeNodes, visibleRows } from "./tree-nodes.ts";

describe("C4: the tree of a project's files", () => {
  const entries = [
    { path: "a.md", kind: "file", size: 1 },
    { path: "dags", kind: "folder", size: 0 },
    { path: "dags/z.ts", kind: "file", size: 1 },
    { path: "dags/sales", kind: "folder", size: 0 },
    { path: "dags/sales/b.ts", kind: "file", size: 1 },
  ] as const;
  it("shows folders first and what is open", () => {
    const rows = (open: readonly string[]) =>
      visibleRows(treeNodes(entries), new Set(open)).map(({ node, depth }) => `${depth} ${node.path}`);
    expect(rows([])).toEqual(["0 dags", "0 a.md"]);
    expect(rows(["dags"])).toEqual(["0 dags", "1 dags/sales", "1 dags/z.ts", "0 a.md"]);
    expect(rows(["dags", "dags/sales"])).toContain("2 dags/sales/b.ts");
  });
  it("knows the way to a file", () => {
    expect(parentsOf("dags/sales/b.ts")).toEqual(["dags", "dags/sales"]);
    expect(parentsOf("a.md")).toEqual([]);
  });
});
