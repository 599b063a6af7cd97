import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readFlow } from "@polyflow/metadata-model";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openCatalogue } from "../catalogue/open-catalogue.ts";
import type { RejectRecord } from "../catalogue/reject-records.ts";
import { acceptDrift, dismissDrift } from "../contract/accept-drift.ts";
import { TestWarehouse } from "../test-warehouse.ts";
import { rejectsAsCsv, rejectsAsXlsx } from "./export-rejects.ts";
import { dismissRejects, fixReject, fixRejectsFromExport } from "./fix-rejects.ts";
import { replayRejects } from "./replay-rejects.ts";

let warehouse: TestWarehouse;
beforeAll(async () => {
  warehouse = await TestWarehouse.create(inject("postgresUrl"));
});
afterAll(async () => {
  await warehouse.remove();
});

function describeFlow(name: string, load: string, more = ""): void {
  warehouse.describe(name, {
    source: `path: ${name}.csv\nformat: csv\nschema: {fields: [{name: id, type: integer}, {name: name}, {name: age, type: integer}]}\n`,
    properties:
      "      - {name: id, logicalType: integer, physicalType: bigint, primaryKey: true}\n      - {name: name, logicalType: string}\n      - {name: age, logicalType: integer, physicalType: smallint}",
    load,
    more,
  });
}

async function rejectsOf(loadId: string): Promise<readonly RejectRecord[]> {
  const catalogue = await openCatalogue(warehouse.url);
  try {
    return await catalogue.listRejects({ loadId });
  } finally {
    await catalogue.close();
  }
}

async function replay(flow: string, rejectedBy: string, which: "fixed" | "all" = "fixed") {
  return replayRejects({
    ...(await readFlow(warehouse.projectDir, flow)),
    projectDir: warehouse.projectDir,
    target: { connection: "df", client: warehouse.url },
    loadId: randomUUID(),
    rejectedBy,
    which,
    log: { info: () => undefined, warning: () => undefined },
    clock: { now: () => Date.now(), monotonicMs: () => performance.now() },
  });
}

describe("B4: rejects", () => {
  test("a corrected record is loaded by a replay, once; what is still wrong stays a reject", async () => {
    describeFlow("people", "{mode: merge}");
    warehouse.write("source/people.csv", 'id,name,age\n1,Ann,30\n2,"Bob, the ""old""",forty\n3,Cid,x\n4,Dan,99999\n');
    const { report } = await warehouse.load("people");
    expect(report.rows).toMatchObject({ loaded: 1, rejected: 3 });
    const [bob, cid, dan] = await rejectsOf(report.loadId);
    await expect(replay("people", report.loadId)).rejects.toMatchObject({ code: "request_invalid" });
    await expect(fixReject(warehouse, bob?.rejectId ?? 0, { agee: "40" })).rejects.toMatchObject({
      message: expect.stringContaining("agee"),
    });
    await fixReject(warehouse, bob?.rejectId ?? 0, { age: "40" });
    await fixReject(warehouse, cid?.rejectId ?? 0, { age: "also wrong" });
    expect(await dismissRejects(warehouse, { loadId: report.loadId, rejectId: dan?.rejectId ?? 0 })).toBe(1);
    const again = await replay("people", report.loadId);
    expect(again.report.rows).toMatchObject({ read: 2, loaded: 1, rejected: 1, inserted: 1 });
    expect(await warehouse.rows("select name, age from t.people order by id")).toEqual([
      ["Ann", 30],
      ['Bob, the "old"', 40],
    ]);
    expect((await rejectsOf(report.loadId)).map((reject) => reject.state)).toEqual(["replayed", "replayed", "dismissed"]);
    expect(await rejectsOf(again.report.loadId)).toMatchObject([{ column: "age", value: "also wrong", state: "open" }]);
    await expect(replay("people", report.loadId)).rejects.toMatchObject({ code: "request_invalid" });
    await expect(fixReject(warehouse, bob?.rejectId ?? 0, { age: "41" })).rejects.toMatchObject({
      message: expect.stringContaining("already"),
    });
  });

  test("a replay adds to a table that is replaced as a whole, and takes nothing for missing", async () => {
    describeFlow("whole", "{mode: replace}");
    warehouse.write("source/whole.csv", "id,name,age\n1,Ann,30\n2,Bob,x\n");
    const { report } = await warehouse.load("whole");
    await fixReject(warehouse, (await rejectsOf(report.loadId))[0]?.rejectId ?? 0, { age: "1" });
    expect((await replay("whole", report.loadId)).report.rows).toMatchObject({ inserted: 1, deleted: 0, target: 2 });
  });

  test.each(["csv", "xlsx"])("an export as %s, corrected in an editor, comes back as corrections", async (format) => {
    const name = `exported_${format}`;
    describeFlow(name, "{mode: merge}");
    warehouse.write(`source/${name}.csv`, 'id,name,age\n007,"=1+1\n;quoted ""x""",bad one\n8,,bad two\n');
    const { report } = await warehouse.load(name);
    const rejects = await rejectsOf(report.loadId);
    expect(rejectsAsCsv(rejects, "ru")).toMatch(/не целое число/);
    const file = format === "csv" ? Buffer.from(rejectsAsCsv(rejects)) : await rejectsAsXlsx(rejects);
    expect(await fixRejectsFromExport(warehouse, file)).toBe(0);
    const edited =
      format === "csv"
        ? Buffer.from(rejectsAsCsv(rejects).replace(",007,bad one,", ",007,31,"))
        : await rejectsAsXlsx(
            rejects.map((reject) => (reject.row === 1 ? { ...reject, fixedRecord: { ...(reject.record as object), age: "31" } } : reject)),
          );
    expect(await fixRejectsFromExport(warehouse, edited)).toBe(1);
    expect((await replay(name, report.loadId)).report.rows).toMatchObject({ read: 1, inserted: 1 });
    expect(await warehouse.rows(`select id::int, name, age from t.${name}`)).toEqual([[7, '=1+1\n;quoted "x"', 31]]);
  });
});

describe("B5: drift", () => {
  async function driftOf(flow: string) {
    const catalogue = await openCatalogue(warehouse.url);
    try {
      return await catalogue.listDrift({ flow, state: "open" });
    } finally {
      await catalogue.close();
    }
  }
  const decide = (driftId: number, physicalType?: string) =>
    acceptDrift({
      client: warehouse.client,
      projectDir: warehouse.projectDir,
      driftId,
      ...(physicalType === undefined ? {} : { physicalType }),
    });

  test("accepting a new column describes it everywhere, keeps comments, and the next load takes it", async () => {
    describeFlow("growing", "{mode: merge}", "mapping:\n  # the key\n  - {to: id, from: id}\n  - {to: name, from: name}\n");
    warehouse.write("source/growing.csv", "id,name,age\n1,Ann,30\n");
    await warehouse.load("growing");
    warehouse.write("source/growing.csv", "id,name,age,city\n1,Ann,30,Perm\n");
    expect((await warehouse.load("growing")).failure?.code).toBe("source_unreadable");
    const [found] = await driftOf("growing");
    const accepted = await decide(found?.driftId ?? 0);
    expect(accepted.files).toEqual([
      "metadata/sources/growing.yaml",
      "metadata/entities/growing.odcs.yaml",
      "metadata/flows/growing.flow.yaml",
    ]);
    expect(accepted.statements).toEqual(['alter table "t"."growing" add column if not exists "city" text']);
    expect(readFileSync(join(warehouse.projectDir, "metadata/flows/growing.flow.yaml"), "utf8")).toContain("# the key");
    expect((await warehouse.load("growing")).report.rows).toMatchObject({ updated: 1 });
    expect(await warehouse.rows("select name, city from t.growing")).toEqual([["Ann", "Perm"]]);
    await expect(decide(found?.driftId ?? 0)).rejects.toMatchObject({ message: expect.stringContaining("accepted already") });
  });

  test("accepting a changed type needs a type where no load has found one; a missing column is forgotten by the source", async () => {
    describeFlow("retyped", "{mode: merge}", "contract: {data_type: freeze}\n");
    warehouse.write("source/retyped.csv", "id,name,age\n1,Ann,1.5\n");
    await warehouse.load("retyped");
    const [type] = await driftOf("retyped");
    await expect(decide(type?.driftId ?? 0)).rejects.toMatchObject({ message: expect.stringContaining("--type") });
    await decide(type?.driftId ?? 0, "numeric");
    expect((await warehouse.load("retyped")).report.rows).toMatchObject({ inserted: 1 });
    expect(await warehouse.rows("select age from t.retyped")).toEqual([["1.5"]]);
    warehouse.write("source/retyped.csv", "id,age\n1,2\n");
    await warehouse.load("retyped");
    const [missing] = await driftOf("retyped");
    expect((await decide(missing?.driftId ?? 0)).files).toEqual(["metadata/sources/retyped.yaml"]);
    expect((await warehouse.load("retyped")).failure).toBeUndefined();
  });

  test("dismissing changes nothing, and a description that would break is put back", async () => {
    describeFlow("kept", "{mode: merge}");
    warehouse.write("source/kept.csv", "name,age\nAnn,30\n");
    await warehouse.load("kept");
    const [missing] = await driftOf("kept");
    const before = readFileSync(join(warehouse.projectDir, "metadata/sources/kept.yaml"), "utf8");
    await expect(decide(missing?.driftId ?? 0)).rejects.toMatchObject({ code: "metadata_invalid" });
    expect(readFileSync(join(warehouse.projectDir, "metadata/sources/kept.yaml"), "utf8")).toBe(before);
    await dismissDrift({ client: warehouse.client, driftId: missing?.driftId ?? 0 });
    expect(await driftOf("kept")).toEqual([]);
  });
});
