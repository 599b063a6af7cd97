import { describe, expect, it } from "vitest";
import { valuesOfConf } from "./conf-values.ts";
import { type FieldValues, fieldSections, paramFields } from "./param-fields.ts";
import { readConfText, readForm } from "./read-form.ts";

const SCHEMA = {
  type: "object",
  properties: {
    region: { type: "string", enum: ["all", "north"], default: "all" },
    level: { enum: [1, 2], default: 2 },
    limit: { type: "integer", minimum: 1, maximum: 10, default: 5 },
    share: { type: "number", default: 0.5 },
    full: { type: "boolean", default: true },
    since: { type: ["string", "null"], format: "date", default: null },
    columns: { type: "array", default: ["id"] },
    options: { type: "object", default: {} },
    code: { type: "string", pattern: "^[A-Z]{2}$", minLength: 2 },
  },
};
const fields = paramFields(SCHEMA);
const read = (values: FieldValues) => readForm(fields, { code: "RU", ...values });

describe("A6: a start form from JSON Schema", () => {
  it("keeps the order and chooses a control by type", () => {
    expect(fields.map(({ name, kind }) => `${name}:${kind}`)).toEqual([
      "region:choice",
      "level:choice",
      "limit:integer",
      "share:number",
      "full:boolean",
      "since:date",
      "columns:array",
      "options:object",
      "code:text",
    ]);
  });

  it("gives the defaults with their own types when nothing is touched", () => {
    expect(read({})).toEqual({
      conf: { region: "all", level: 2, limit: 5, share: 0.5, full: true, since: null, columns: ["id"], options: {}, code: "RU" },
      problems: {},
    });
  });

  it.each([
    ["limit", "11", "At most {{limit}}"],
    ["limit", "0", "At least {{limit}}"],
    ["limit", "1.5", "A whole number is needed"],
    ["limit", "many", "This is not a number"],
    ["columns", "{}", "A JSON array is needed: […]"],
    ["options", "[]", "A JSON object is needed: {…}"],
    ["code", "", "Give a value"],
    ["code", "ru", "Does not match {{pattern}}"],
    ["code", "R", "At least {{count}} character"],
  ])("says what is wrong with %s = %s", (name, value, text) => {
    expect(read({ [name]: value }).problems[name]?.text).toBe(text);
  });

  it("reports broken JSON with the parser's words", () => {
    expect(read({ columns: "[1," }).problems["columns"]?.text).toBe("Not valid JSON: {{message}}");
  });

  it("takes a decimal comma", () => {
    expect(read({ share: "0,25" }).conf["share"]).toBe(0.25);
  });

  it("stands in the author's order, which the schema says where it is not the sorted one", () => {
    const schema = { properties: { a: { type: "string" }, b: { type: "string" }, c: { type: "string" } }, propertyOrder: ["c", "a"] };
    expect(paramFields(schema).map(({ name }) => name)).toEqual(["c", "a", "b"]);
  });

  it("has no fields for a process without parameters", () => {
    expect(paramFields({})).toEqual([]);
  });

  it("knows lists, several of a set, files, times, labels of the author and headings", () => {
    const more = paramFields({
      properties: {
        tags: { type: "array", items: { type: "string" }, default: ["a"], examples: ["b", "c"] },
        years: { type: "array", items: { type: "integer" } },
        regions: { type: "array", items: { enum: ["n", "s"] }, values_display: { n: "North" }, default: [] },
        source: { type: "string", format: "file", accept: [".csv"], section: "Files" },
        parts: { type: ["array", "null"], items: { type: "string", format: "file", accept: [".xlsx"] }, section: "Files" },
        at: { type: "string", format: "time", default: "12:00" },
        since: { type: "string", format: "date-time", default: "2026-01-01T00:00:00+03:00" },
        fixed: { const: 1 },
      },
    });
    expect(more.map(({ name, kind }) => `${name}:${kind}`)).toEqual([
      "tags:list",
      "years:list",
      "regions:choices",
      "source:file",
      "parts:files",
      "at:time",
      "since:datetime",
    ]);
    expect(
      more
        .map(({ accept }) => accept.join())
        .join(" ")
        .trim(),
    ).toBe(".csv .xlsx");
    expect(fieldSections(more).map(([section, own]) => [section, own.length])).toEqual([
      [null, 5],
      ["Files", 2],
    ]);
    const form = readForm(
      more,
      { years: ["2025", "2026"], regions: ["North", "s"], source: "/data/x.csv", since: "2026-03-01T12:00" },
      "Europe/Moscow",
    );
    expect(form).toEqual({
      conf: {
        tags: ["a"],
        years: [2025, 2026],
        regions: ["n", "s"],
        source: "/data/x.csv",
        parts: [],
        at: "12:00",
        since: "2026-03-01T09:00:00.000Z",
      },
      problems: {},
    });
    expect(readForm(more, { years: ["many"], source: "x" }).problems["years"]?.text).toBe("This is not a number");
    expect(readForm(more, {}).problems).toMatchObject({ source: { text: "Give a value" }, years: { text: "Give a value" } });
    expect(readForm(more, { years: ["1"], source: "x" }, "UTC").conf["since"]).toBe("2026-01-01T00:00:00+03:00");
    // What one run was given fills the form for the next.
    expect(readForm(more, valuesOfConf(more, form.conf), "Europe/Moscow").conf).toEqual(form.conf);
  });

  it("takes the whole conf as JSON", () => {
    expect(readConfText('{"a": 1}')).toEqual({ conf: { a: 1 } });
    expect(readConfText("")).toEqual({ conf: {} });
    expect(readConfText("[1]")).toMatchObject({ problem: { text: "A JSON object is needed: {…}" } });
  });
});
