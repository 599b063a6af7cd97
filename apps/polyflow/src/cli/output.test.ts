import { expect, test } from "vitest";
import { renderObject, renderRows } from "./output.ts";

const ROWS = [
  { dag_id: "a", tags: ["x", "y"], runs: 5, note: null, conf: { deep: [1, { k: "v: #" }], empty: {} } },
  { dag_id: "longer", tags: [], runs: 12, note: "two\nlines", conf: {} },
];

test("a table aligns its columns and keeps a row on one line", () => {
  expect(
    renderRows(
      ROWS.map(({ dag_id, tags, runs, note }) => ({ dag_id, tags, runs, note })),
      "table",
    ),
  ).toBe(["dag_id  tags  runs  note", "──────  ────  ────  ─────────", "a       x, y     5", "longer          12  two lines"].join("\n"));
});

test("json is the rows as they are", () => {
  expect(JSON.parse(renderRows(ROWS, "json"))).toEqual(ROWS);
});

test("yaml writes blocks, and scalars so that none is taken for something else", () => {
  expect(renderRows(ROWS, "yaml").split("\n")).toEqual([
    '- dag_id: "a"',
    "  tags:",
    '    - "x"',
    '    - "y"',
    "  runs: 5",
    "  note: null",
    "  conf:",
    "    deep:",
    "      - 1",
    "      -",
    '        k: "v: #"',
    "    empty: {}",
    '- dag_id: "longer"',
    "  tags: []",
    "  runs: 12",
    '  note: "two\\nlines"',
    "  conf: {}",
  ]);
  expect(renderObject({ "odd: key": "- x" }, "yaml")).toBe('"odd: key": "- x"');
  expect(renderRows([], "yaml")).toBe("[]");
});

test("plain is for scripts: tabs between, no header", () => {
  expect(renderRows([{ a: 1, b: "x\ty" }], "plain")).toBe("1\tx y");
});
