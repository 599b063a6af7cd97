import { describe, expect, it } from "vitest";
import { completeMetadata, hoverMetadata } from "./schema-assistant.ts";

const FLOW = "metadata/flows/sales.flow.yaml";
const SOURCE = "metadata/sources/sales.yaml";
const ENTITY = "metadata/entities/sales.odcs.yaml";

/** The cursor stands at `|`. */
function at(path: string, text: string) {
  const offset = text.indexOf("|");
  return { path, content: text.slice(0, offset) + text.slice(offset + 1), offset };
}
const labels = (path: string, text: string) => completeMetadata(at(path, text)).items.map(({ label }) => label);

describe("C4: completion of metadata files by their schemas", () => {
  it("offers the keys that are missing, required ones first, and what stands behind them", () => {
    const { from, items } = completeMetadata(at(FLOW, "flow: sales\nso|\ntarget:\n  ref: sales\n"));
    expect(from).toBe("flow: sales\n".length);
    const names = items.toSorted((a, b) => a.sort.localeCompare(b.sort)).map(({ label }) => label);
    expect(names.slice(0, 2)).toEqual(["load", "source"]);
    expect(names).not.toContain("flow");
    expect(names).not.toContain("target");
    expect(items.find(({ label }) => label === "load")?.insert).toBe("load:");
    expect(items.find(({ label }) => label === "title")?.insert).toBe("title: ");
  });

  it.each([
    ["a value", FLOW, "load:\n  mode: |", ["append", "replace", "merge", "partition"]],
    ["a value that is begun", FLOW, "load:\n  mode: me|\n", ["append", "replace", "merge", "partition"]],
    ["yes or no", FLOW, "load:\n  only_changed: |", ["true", "false"]],
    ["keys of a mapping, on an empty line", FLOW, "load:\n  delete_missing:\n    |\n", ["max", "action"]],
    ["keys of a mapping that has some", FLOW, "load:\n  cursor:\n    column: a\n    |\n    on_null: skip\n", ["lookback"]],
    ["the first key of an item", FLOW, "mapping:\n  - |", ["to", "from", "const", "system"]],
    [
      "the other keys of an item, with the list at the column of its key",
      FLOW,
      "mapping:\n- to: a\n  |\n- to: b\n",
      ["from", "const", "system"],
    ],
    [
      "a value within an item",
      SOURCE,
      "schema:\n  fields:\n    - name: a\n      type: d|\n",
      ["string", "integer", "number", "boolean", "date", "datetime", "time", "object", "array", "any"],
    ],
    [
      "a key below an item of a list in a list",
      SOURCE,
      "schema:\n  fields:\n    - name: a\n      constraints:\n        required: true\n        min|\n",
      ["minimum", "maximum", "minLength", "maxLength", "pattern", "enum"],
    ],
    ["nothing for free text", FLOW, "title: |", []],
    ["nothing below an unknown key", FLOW, "nonsense:\n  |", []],
    ["nothing in other files", "metadata/functions/a.yaml", "|", []],
  ])("offers %s", (_name, path, text, expected) => {
    expect(labels(path, text)).toEqual(expected);
  });

  it("knows the contract of an entity", () => {
    expect(labels(ENTITY, "apiVersion: v3.0.2\n|")).toEqual(expect.arrayContaining(["kind", "id", "schema"]));
    expect(labels(ENTITY, "schema:\n  - name: a\n    properties:\n      - name: b\n        quality:\n          - severity: |")).toEqual([
      "error",
      "warning",
    ]);
  });

  it("tells on a key what the schema says of it", () => {
    expect(hoverMetadata(at(SOURCE, "name: a\ncompre|ssion: gzip\n"))).toEqual({
      text: "compression: none | gzip | zip",
      documentation: "Told by the ending of the name when absent",
    });
    expect(hoverMetadata(at(FLOW, "mapping:\n  - to: a\n    sys|tem: file\n")).text).toBe(
      "system: load_id | loaded_at | file | row_number",
    );
    expect(hoverMetadata(at(FLOW, "nonsen|se: 1\n")).text).toBe("");
    expect(hoverMetadata(at(FLOW, "title: some wo|rds\n")).text).toBe("");
  });
});
