import { describe, expect, test } from "vitest";
import type { Layout, RawGrid } from "../../../api/layouts.ts";
import { fieldsOf, headerHints, headerRowsOf, rangeOf, rangeText, withDialect, withField, withLook } from "./layout-model.ts";

const layout: Layout = {
  name: "a",
  format: "xlsx",
  dialect: { range: "B3:", headerRows: [1, 2] },
  schema: { fields: [{ name: "d", type: "date", format: "%d.%m.%Y" }, { name: "n" }], missingValues: ["-"] },
};
const grid: RawGrid = { sheets: ["S"], sheet: "S", merged: [], hiddenColumns: [], isCut: false, rows: [] };

describe("B10: the description that the designer edits", () => {
  test("header rows are those of the file on the screen, and count from the range in the YAML", () => {
    expect(headerRowsOf(layout, grid)).toEqual([3, 4]);
    expect(headerHints(layout, [4, 3])).toMatchObject({ range: "B3:", headerRows: [1, 2], format: "xlsx" });
    expect(headerHints(layout, [3, 4], { firstColumn: 1, firstRow: 4, lastColumn: 28 })).toMatchObject({ range: "A4:AB", headerRows: [1] });
    expect(headerHints(layout, [])).toMatchObject({ header: false });
    expect(rangeText(rangeOf(layout))).toBe("B3:");
    expect(rangeText({ firstColumn: 1, firstRow: 1 })).toBeUndefined();
  });

  test("what means nothing for a new type, and what is empty, is left out; what the designer does not know stays", () => {
    const changed = withField(layout, 0, { type: "string" });
    expect(fieldsOf(changed)[0]).toEqual({ name: "d", type: "string" });
    expect(changed.schema["missingValues"]).toEqual(["-"]);
    expect(withDialect(layout, { range: undefined, headerRows: undefined }).dialect).toBeUndefined();
  });

  test("a new look keeps the columns that somebody has changed", () => {
    const found: Layout = {
      name: "a",
      format: "xlsx",
      schema: {
        fields: [
          { name: "n", type: "integer" },
          { name: "d", type: "datetime" },
        ],
      },
    };
    expect(fieldsOf(withLook(layout, found, { ...layout, schema: { fields: [{ name: "d", type: "string" }, { name: "n" }] } }))).toEqual([
      { name: "n", type: "integer" },
      { name: "d", type: "date", format: "%d.%m.%Y" },
    ]);
  });
});
