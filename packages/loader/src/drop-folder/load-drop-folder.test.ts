import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PolyflowError } from "@polyflow/contracts";
import { readFlow } from "@polyflow/metadata-model";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { TestWarehouse } from "../test-warehouse.ts";
import { loadDropFolder } from "./load-drop-folder.ts";
import type { DropFolderResult, DropFolderRun } from "./load-drop-folder.ts";

let warehouse: TestWarehouse;
beforeAll(async () => {
  warehouse = await TestWarehouse.create(inject("postgresUrl"));
});
afterAll(async () => {
  await warehouse.remove();
});

const NOW = Date.UTC(2026, 5, 1, 12);

/** Writes a file of the folder as if it had been written so many seconds ago. */
function drop(path: string, content: string, secondsAgo = 60): void {
  warehouse.write(`source/${path}`, content);
  const at = NOW / 1000 - secondsAgo;
  utimesSync(join(warehouse.projectDir, "source", path), at, at);
}

function list(folder: string): readonly string[] {
  const path = join(warehouse.projectDir, "source", folder);
  return existsSync(path) ? readdirSync(path).toSorted() : [];
}

function describeFolder(name: string, dropFolder = "{}"): void {
  warehouse.describe(name, {
    source: `path: ${name}/day_*.csv\nformat: csv\ndropFolder: ${dropFolder}\nschema: {fields: [{name: id, type: integer}]}\n`,
    properties: "      - {name: id, logicalType: integer, required: true}",
    load: "{mode: append}",
    more: 'on_reject: {fail_if: "> 0"}',
  });
}

async function run(name: string, options: Partial<DropFolderRun> = {}): Promise<DropFolderResult & { readonly lines: readonly string[] }> {
  const lines: string[] = [];
  const { source } = await readFlow(warehouse.projectDir, name);
  const result = await loadDropFolder({
    projectDir: warehouse.projectDir,
    source,
    log: { info: (line) => lines.push(line), warning: (line) => lines.push(line) },
    now: () => NOW,
    load: async (path) => {
      const { failure } = await warehouse.load(name, { path });
      if (failure !== undefined) throw failure;
    },
    ...options,
  });
  return { ...result, lines };
}

describe("B2: drop folders", () => {
  test("every file of the mask is a load of its own and is archived; files being written wait; others are left alone", async () => {
    describeFolder("a");
    drop("a/day_2.csv", "id\n3\n");
    drop("a/day_1.csv", "id\n1\n2\n");
    drop("a/day_3.csv", "id\n9\n", 2);
    drop("a/other.csv", "id\n8\n");
    const result = await run("a");
    expect(result).toMatchObject({ loaded: ["day_1.csv", "day_2.csv"], waiting: ["day_3.csv"], failed: [] });
    expect(await warehouse.rows("select id from t.a order by id")).toEqual([["1"], ["2"], ["3"]]);
    expect([list("a"), list("a/archive")]).toEqual([
      ["archive", "day_3.csv", "other.csv"],
      ["day_1.csv", "day_2.csv"],
    ]);
    const ledger = await warehouse.rows("select report->'source'->>'file' from df.load_ledger where flow = 'a' order by 1");
    expect(ledger).toEqual([["day_1.csv"], ["day_2.csv"]]);
    expect((await run("a")).lines).toContain('No file of "a/day_*.csv" is ready.');
  });

  test("a bad file goes to failed with its reason beside it, the others are loaded, and the run fails", async () => {
    describeFolder("b", "{archive: b/done, failed: b/bad, order: modified}");
    drop("b/day_1.csv", "id\nx\n", 10);
    drop("b/day_2.csv", "id\n5\n", 20);
    await expect(run("b")).rejects.toMatchObject({ code: "load_rejects_over_limit" });
    expect([list("b/bad"), list("b/done")]).toEqual([["day_1.csv", "day_1.csv.error.txt"], ["day_2.csv"]]);
    expect(readFileSync(join(warehouse.projectDir, "source/b/bad/day_1.csv.error.txt"), "utf8")).toContain("1 of 1 records");
    expect(await warehouse.rows("select id from t.b")).toEqual([["5"]]);
  });

  test("killed after the commit and before the move: the next run loads nothing twice and archives; a taken name is not overwritten", async () => {
    describeFolder("c");
    drop("c/day_1.csv", "id\n1\n");
    await warehouse.load("c", { path: join(warehouse.projectDir, "source/c/day_1.csv") });
    drop("c/day_0.csv", "id\n0\n");
    drop("c/archive/day_1.csv", "id\nold\n");
    expect(await run("c")).toMatchObject({ loaded: ["day_0.csv", "day_1.csv"] });
    expect(await warehouse.rows("select id from t.c order by id")).toEqual([["0"], ["1"]]);
    expect(list("c/archive")).toEqual(["20260601T120000Z_day_1.csv", "day_0.csv", "day_1.csv"]);
    expect(readFileSync(join(warehouse.projectDir, "source/c/archive/day_1.csv"), "utf8")).toBe("id\nold\n");
  });

  test("a failure that is not the file's leaves every file where it is; a file that changes while it is loaded stays", async () => {
    describeFolder("d");
    drop("d/day_1.csv", "id\n1\n");
    drop("d/day_2.csv", "id\n2\n");
    const down = new PolyflowError("load_failed", "the database does not answer");
    await expect(run("d", { load: () => Promise.reject(down) })).rejects.toBe(down);
    expect(list("d")).toEqual(["day_1.csv", "day_2.csv"]);
    const changing = await run("d", {
      load: (path) => {
        if (path.endsWith("day_1.csv")) writeFileSync(path, "id\n1\n11\n");
        return Promise.resolve();
      },
    });
    expect(changing.loaded).toEqual(["day_2.csv"]);
    expect(list("d")).toEqual(["archive", "day_1.csv"]);
  });

  test("a folder that does not exist, and masks where they cannot be, are said", async () => {
    describeFolder("e");
    await expect(run("e")).rejects.toMatchObject({ code: "source_unreadable", message: expect.stringContaining("Create ") });
    warehouse.write("metadata/sources/f.yaml", "name: f\npath: in/*.csv\nformat: csv\nschema: {fields: [{name: id}]}\n");
    warehouse.write("metadata/flows/f.flow.yaml", "flow: f\nsource: {ref: f}\ntarget: {ref: t.e}\nload: {mode: append}\n");
    await expect(readFlow(warehouse.projectDir, "f")).rejects.toThrow(/"in\/\*\.csv" is a mask of files; add `dropFolder: \{\}`/);
  });
});
