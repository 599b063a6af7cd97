import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "@polyflow/service-kit";
import { runCli } from "../cli/run-cli.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "df-cli-"));
  mkdirSync(join(dir, "metadata"));
  writeFileSync(join(dir, "orders.csv"), "id;sum\n007;1,5\n008;2\n");
});
afterEach(() => rmSync(dir, { recursive: true }));

async function polyflow(...args: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const said = { out: "", err: "" };
  const code = await runCli(args, {
    environment: {},
    cwd: dir,
    clock: systemClock,
    isTerminal: false,
    writeOut: (text) => (said.out += text),
    writeError: (text) => (said.err += text),
  });
  return { code, ...said };
}

describe("B1: polyflow df infer, validate, preview, schemas", () => {
  test("a proposal is printed, written once, valid, and reads the file it came from", async () => {
    const printed = await polyflow("df", "infer", "orders.csv");
    expect(printed).toMatchObject({ code: 0, err: expect.stringContaining("Nothing was written") });
    expect(printed.out).toContain('{ name: id, type: string } # leading zeros ("007")');
    const written = await polyflow("df", "infer", "orders.csv", "--write", "--schema", "sales");
    expect(written).toMatchObject({ code: 0, out: expect.stringContaining("source/orders.csv") });
    expect(await polyflow("df", "infer", "orders.csv", "--write")).toMatchObject({ code: 2, err: expect.stringContaining("--force") });
    expect(await polyflow("df", "validate")).toMatchObject({ code: 0, err: expect.stringContaining("no problems") });
    const shown = await polyflow("df", "preview", "orders", "-o", "json");
    expect(JSON.parse(shown.out)).toMatchObject({
      read: 2,
      isWhole: true,
      records: [
        { id: "007", sum: "1,5" },
        { id: "008", sum: "2" },
      ],
      rejects: [],
    });
  });

  test("problems have a place and a proposal; rejects of a preview are shown and make it fail", async () => {
    await polyflow("df", "infer", "orders.csv", "--write");
    const yaml = join(dir, "metadata/sources/orders.yaml");
    writeFileSync(yaml, readFileSync(yaml, "utf8").replace("type: string }", "type: integr }"));
    expect(await polyflow("df", "validate")).toMatchObject({
      code: 1,
      out: expect.stringMatching(
        /^metadata\/sources\/orders\.yaml:\d+:25: schema\.fields\[0\]\.type: "integr" is not allowed; did you mean `integer`\?$/m,
      ),
    });
    writeFileSync(yaml, readFileSync(yaml, "utf8").replace("type: integr }", "type: date }"));
    expect(await polyflow("df", "preview", "metadata/sources/orders.yaml")).toMatchObject({
      code: 1,
      out: expect.stringContaining("not a date like 2024-12-31"),
    });
    expect(await polyflow("df", "preview", "order")).toMatchObject({ code: 1, err: expect.stringContaining("did you mean `orders`?") });
  });

  test("the next file of a drop folder is previewed; a file by name", async () => {
    await polyflow("df", "infer", "orders.csv", "--write");
    const yaml = join(dir, "metadata/sources/orders.yaml");
    writeFileSync(yaml, readFileSync(yaml, "utf8").replace("path: orders.csv", "path: orders*.csv\ndropFolder: {}"));
    expect((await polyflow("df", "preview", "orders", "-o", "json")).out).toContain('"007"');
    rmSync(join(dir, "source/orders.csv"));
    expect(await polyflow("df", "preview", "orders")).toMatchObject({ code: 1, err: expect.stringContaining("No file waits") });
    expect((await polyflow("df", "preview", "orders", "--file", "orders.csv")).code).toBe(0);
  });

  test("schemas for editors", async () => {
    const { code, out } = await polyflow("df", "schemas");
    expect({ code, files: out.trim().split("\n").length }).toEqual({ code: 0, files: 3 });
    const schema: unknown = JSON.parse(readFileSync(join(dir, "metadata/schemas/source.schema.json"), "utf8"));
    expect(schema).toMatchObject({ type: "object", properties: { dialect: { properties: { sheetName: { type: "string" } } } } });
  });
});
