import { describe, expect, it } from "vitest";
import { FileProblem, variablesFromFile, variablesToFile } from "./variables-file.ts";

describe("C4: variables as a file", () => {
  it("comes back as it went", () => {
    const variables = [
      { key: "a", value: "1", description: null },
      { key: "б", value: '{"x": "***"}', description: "with a secret" },
    ];
    expect(variablesFromFile(variablesToFile(variables))).toEqual([
      { key: "a", value: "1" },
      { key: "б", value: '{"x": "***"}', description: "with a secret" },
    ]);
  });
  it("takes a JSON value for a value, also one with a field called value", () => {
    expect(variablesFromFile('{"a": {"value": 1, "unit": "kg"}, "b": [1]}')).toEqual([
      { key: "a", value: { value: 1, unit: "kg" } },
      { key: "b", value: [1] },
    ]);
  });
  it("refuses what is no object", () => {
    expect(() => variablesFromFile("[]")).toThrow(FileProblem);
    expect(() => variablesFromFile("{")).toThrow(SyntaxError);
  });
});
