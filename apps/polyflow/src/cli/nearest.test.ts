import { expect, test } from "vitest";
import { nearest } from "./nearest.ts";

test.each([
  ["df_exmple", ["df_example", "sales"], ["df_example"]],
  ["csv", ["df_example_extract_csv", "sales"], ["df_example_extract_csv"]],
  ["a", ["df_example", "sales"], []],
  ["zzz", ["df_example", "sales"], []],
])("near to %j of %j is %j", (name, candidates, expected) => {
  expect(nearest(name, candidates)).toEqual(expected);
});
