import { expect, it } from "vitest";
import { moveInGrid } from "./grid-model.ts";

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
