import { describe, expect, it } from "vitest";
import { paramFields, readForm } from "./params-form.ts";

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
const read = (values: Record<string, string | boolean>) => readForm(fields, { code: "RU", ...values });

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

  it("has no fields for a process without parameters", () => {
    expect(paramFields({})).toEqual([]);
  });
});
