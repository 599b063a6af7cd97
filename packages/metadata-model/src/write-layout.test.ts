import { describe, expect, test } from "vitest";
import { readLayout, writeLayout } from "./write-layout.ts";

const TEXT = `# where it comes from
name: city # short
path: city.csv
dialect: { delimiter: ";" }
limits: { recordBytes: 2048 }
schema:
  fields:
    - { name: id, type: integer } # the key
    - { name: "№ дома", type: string }
`;

describe("B10: a description is written back as the designer changed it", () => {
  test("nothing changed: the text is the same to the byte", () => {
    expect(writeLayout(TEXT, readLayout(TEXT))).toBe(TEXT);
  });

  test("comments, keys that the designer does not know, and the order stay; fields keep their comments when others come and go", () => {
    const layout = readLayout(TEXT);
    const changed = writeLayout(TEXT, {
      ...layout,
      path: "new.csv",
      dialect: { delimiter: "\t" },
      schema: { fields: [{ name: "№ дома", type: "integer" }, { name: "id", type: "string" }, { name: "added" }] },
    });
    expect(changed).toContain("# where it comes from\nname: city # short\npath: new.csv");
    expect(changed).toContain("recordBytes: 2048");
    expect(changed).toMatch(/name: id, type: string \} # the key/);
    expect(readLayout(changed)).toEqual({
      ...layout,
      path: "new.csv",
      dialect: { delimiter: "\t" },
      schema: { fields: [{ name: "№ дома", type: "integer" }, { name: "id", type: "string" }, { name: "added" }] },
    });
  });

  test("keys that are gone are gone, and texts that look like something else stay texts", () => {
    const { dialect: _dialect, ...layout } = readLayout(TEXT);
    const changed = writeLayout(TEXT, { ...layout, title: "yes", description: "007" });
    expect(changed).not.toContain("dialect");
    expect(readLayout(changed)).toMatchObject({ title: "yes", description: "007" });
  });

  test("what is no YAML is refused", () => {
    expect(() => readLayout("a: [")).toThrow(/not valid YAML/);
    expect(() => readLayout("- 1")).toThrow(/begins with its keys/);
  });
});
