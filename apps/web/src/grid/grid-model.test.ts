import { expect, it } from "vitest";
import { cellOf, cellsByPlace, gridRows, moveInGrid } from "./grid-model.ts";

const SIZE = { rows: 3, columns: 5 };

it.each([
  ["ArrowUp", { row: -1, column: 2 }, { row: -1, column: 2 }],
  ["ArrowUp", { row: 0, column: 2 }, { row: -1, column: 2 }],
  ["ArrowDown", { row: 2, column: 2 }, { row: 2, column: 2 }],
  ["ArrowLeft", { row: 0, column: 0 }, { row: 0, column: 0 }],
  ["ArrowRight", { row: 0, column: 3 }, { row: 0, column: 4 }],
  ["Home", { row: 1, column: 3 }, { row: 1, column: 0 }],
  ["End", { row: 1, column: 3 }, { row: 1, column: 4 }],
])("C8: %s moves within the grid and never out of it", (key, from, to) => {
  expect(moveInGrid(from, key, SIZE)).toEqual(to);
});

it("leaves other keys to the page", () => {
  expect(moveInGrid({ row: 0, column: 0 }, "a", SIZE)).toBeNull();
});

const task = (task_id: string, group_id: string | null = null) => ({ task_id, label: task_id, group_id });
const TASKS = [task("start"), task("in.a", "in"), task("out"), task("in.deep.b", "in.deep"), task("in.c", "in")];
const GROUPS = [
  { group_id: "in", parent_id: null, label: "in" },
  { group_id: "in.deep", parent_id: "in", label: "deep" },
];
const GRID = { tasks: TASKS, groups: GROUPS };
const shown = (closed: readonly string[]) => gridRows(GRID, new Set(closed)).map((row) => `${"  ".repeat(row.depth)}${row.id}`);

it("C2: puts the tasks of a group together, groups within groups too, and hides those of closed ones", () => {
  expect(shown([])).toEqual(["start", "in", "  in.a", "  in.deep", "    in.deep.b", "  in.c", "out"]);
  expect(shown(["in.deep"])).toEqual(["start", "in", "  in.a", "  in.deep", "  in.c", "out"]);
  expect(shown(["in"])).toEqual(["start", "in", "out"]);
});

it("C2: a closed group shows what most needs a look, and the time over all of its tasks", () => {
  const cells = cellsByPlace({
    run_id: "r",
    places: [0, 1, 3],
    states: [9, 9, 0],
    offsets: [0, 100, 400],
    durations: [50, 200, 300],
    tries: [1, 2, 1],
    instances: [1, 3, 1],
  });
  const rows = gridRows(GRID, new Set(["in"]));
  expect(rows.map((row) => cellOf(row, cells))).toEqual([
    { state: "success", count: 1, tries: 1, offsetMs: 0, durationMs: 50 },
    { state: "failed", count: 4, tries: 2, offsetMs: 100, durationMs: 600 },
    undefined,
  ]);
});
