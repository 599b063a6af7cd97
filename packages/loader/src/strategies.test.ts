import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { TestWarehouse } from "./test-warehouse.ts";

let warehouse: TestWarehouse;
beforeAll(async () => {
  warehouse = await TestWarehouse.create(inject("postgresUrl"));
});
afterAll(async () => {
  await warehouse.remove();
});

const PROPERTIES =
  "      - {name: id, logicalType: integer, physicalType: bigint, primaryKey: true}\n" +
  "      - {name: day, logicalType: date}\n" +
  "      - {name: name, logicalType: string}";
const WITHOUT_KEY = PROPERTIES.replace(", primaryKey: true", "");

function describeFlow(name: string, load: string, more: { readonly properties?: string; readonly more?: string } = {}): void {
  warehouse.describe(name, {
    source: `path: ${name}.csv\nformat: csv\nschema: {fields: [{name: id, type: integer}, {name: day, type: date}, {name: name}]}\n`,
    properties: more.properties ?? PROPERTIES,
    load,
    ...(more.more === undefined ? {} : { more: more.more }),
  });
}

async function loadRows(name: string, rows: string, options: Parameters<TestWarehouse["load"]>[1] = {}) {
  warehouse.write(`source/${name}.csv`, `id,day,name\n${rows}\n`);
  return warehouse.load(name, options);
}

const table = (name: string, columns = "id::int, day::text, name", rest = "order by 1, 2, 3") =>
  warehouse.rows(`select ${columns} from t.${name} ${rest}`);

describe("B3: merge strategies", () => {
  test("delete_insert writes new and changed rows, leaves equal ones alone, in SQL without MERGE and ON CONFLICT", async () => {
    describeFlow("swap", "{mode: merge, strategy: delete_insert}");
    await loadRows("swap", "1,2026-01-01,a\n2,2026-01-01,b\n3,2026-01-01,c");
    const { report } = await loadRows("swap", "1,2026-01-01,a\n2,2026-01-01,B\n4,2026-01-01,d");
    expect(report.rows).toMatchObject({ read: 3, loaded: 3, inserted: 1, updated: 1, unchanged: 1, deleted: 0, target: 4 });
    expect(await table("swap", `name, _load_id = '${report.loadId}'`, "order by id")).toEqual([
      ["a", false],
      ["B", true],
      ["c", false],
      ["d", true],
    ]);
  });

  test("insert_only never touches a row of a known key", async () => {
    describeFlow("once", "{mode: merge, strategy: insert_only}");
    await loadRows("once", "1,2026-01-01,a");
    const { report } = await loadRows("once", "1,2026-01-01,changed\n2,2026-01-01,b");
    expect(report.rows).toMatchObject({ loaded: 2, inserted: 1, updated: 0, unchanged: 1 });
    expect(await table("once", "name", "order by 1")).toEqual([["a"], ["b"]]);
  });

  test("scd2 ends the version that changed and begins the next; what is missing ends, what comes back begins anew", async () => {
    describeFlow("history", '{mode: merge, strategy: scd2, delete_missing: {max: "60%"}}');
    const first = await loadRows("history", "1,2026-01-01,a\n2,2026-01-01,b");
    expect(first.report.rows).toMatchObject({ inserted: 2, updated: 0, target: 2 });
    const second = await loadRows("history", "1,2026-01-01,A\n3,2026-01-01,c");
    expect(second.report.rows).toMatchObject({ loaded: 2, inserted: 1, updated: 1, unchanged: 0, deleted: 1, target: 4 });
    const same = await loadRows("history", "1,2026-01-01,A\n3,2026-01-01,c", { force: true });
    expect(same.report.rows).toMatchObject({ inserted: 0, updated: 0, unchanged: 2, deleted: 0, target: 4 });
    await loadRows("history", "1,2026-01-01,A\n2,2026-01-01,b\n3,2026-01-01,c");
    expect(await table("history", "id::int, name, _valid_to is null", "order by id, _valid_from")).toEqual([
      [1, "a", false],
      [1, "A", true],
      [2, "b", false],
      [2, "b", true],
      [3, "c", true],
    ]);
    // versions of a key follow each other without gap or overlap, unless it was missing in between
    const [overlaps] = await warehouse.rows(
      "select count(*)::int from t.history a join t.history b on a.id = b.id and a._valid_from < b._valid_from where a._valid_to is null or a._valid_to > b._valid_from",
    );
    expect(overlaps).toEqual([0]);
  });

  test("delete_missing deletes what a snapshot no longer has, up to its share", async () => {
    describeFlow("snapshot", '{mode: merge, delete_missing: {max: "40%"}}');
    await loadRows("snapshot", "1,,a\n2,,b\n3,,c\n4,,d");
    const { report } = await loadRows("snapshot", "1,,a\n2,,B\n3,,c\n5,,e");
    expect(report.rows).toMatchObject({ inserted: 1, updated: 1, unchanged: 2, deleted: 1, target: 4 });
    const shrunk = await loadRows("snapshot", "1,,a\n2,,B");
    expect(shrunk.failure).toMatchObject({ code: "load_shrinks_target", message: expect.stringContaining("2 of 4 rows (50.0 %)") });
    expect(await table("snapshot", "id::int", "order by 1")).toEqual([[1], [2], [3], [5]]);
  });

  test("delete_missing can mark instead, and takes the mark back", async () => {
    describeFlow("marked", '{mode: merge, strategy: delete_insert, delete_missing: {max: "60%", action: mark}}');
    await loadRows("marked", "1,,a\n2,,b");
    expect((await loadRows("marked", "1,,a")).report.rows).toMatchObject({ unchanged: 1, deleted: 1, target: 2 });
    expect(await table("marked", "id::int, _deleted_at is null", "order by 1")).toEqual([
      [1, true],
      [2, false],
    ]);
    await loadRows("marked", "1,,a\n2,,b");
    expect(await table("marked", "id::int, _deleted_at is null", "order by 1")).toEqual([
      [1, true],
      [2, true],
    ]);
  });
});

describe("B3: partitions and slices", () => {
  test("partition exchanges those that arrive, NULL among them, and no other", async () => {
    describeFlow("daily", "{mode: partition, partition_by: [day]}", { properties: WITHOUT_KEY });
    await loadRows("daily", "1,2026-01-01,a\n2,2026-01-02,b\n3,,n\n4,2026-01-02,c");
    const { report } = await loadRows("daily", "5,2026-01-02,d\n6,,m");
    expect(report.rows).toMatchObject({ inserted: 2, deleted: 3, target: 3 });
    expect(await table("daily")).toEqual([
      [1, "2026-01-01", "a"],
      [5, "2026-01-02", "d"],
      [6, null, "m"],
    ]);
  });

  test("a slice loads and replaces its interval alone; repeated it does nothing, whatever other slices came in between", async () => {
    describeFlow("sliced", "{mode: partition, slice_by: day}", { properties: WITHOUT_KEY });
    const file = "1,2026-01-01,a\n2,2026-01-02,b\n3,2026-01-03,c\n4,,n";
    const january1 = { interval: { from: "2026-01-01", to: "2026-01-02" } };
    const one = await loadRows("sliced", file, january1);
    expect(one.report).toMatchObject({ slice: "2026-01-01/2026-01-02", rows: { read: 4, loaded: 1, filtered: 3, target: 1 } });
    await loadRows("sliced", file, { interval: { from: "2026-01-02", to: "2026-01-03" } });
    expect((await loadRows("sliced", file, january1)).report.status).toBe("repeated");
    const changed = await loadRows("sliced", "9,2026-01-01,z\n2,2026-01-02,ignored", january1);
    expect(changed.report.rows).toMatchObject({ loaded: 1, filtered: 1, deleted: 1, target: 2 });
    expect(await table("sliced")).toEqual([
      [2, "2026-01-02", "b"],
      [9, "2026-01-01", "z"],
    ]);
  });

  test("a flow that does not say what a slice cuts refuses one", async () => {
    describeFlow("unsliced", "{mode: append}", { properties: WITHOUT_KEY });
    const { failure } = await loadRows("unsliced", "1,2026-01-01,a", { interval: { from: "2026-01-01", to: "2026-01-02" } });
    expect(failure).toMatchObject({ code: "metadata_invalid", message: expect.stringContaining("slice_by") });
  });
});

describe("B3: incremental by cursor", () => {
  const CURSOR = "cursor: {column: day, lookback: 1 day, on_null: include}";

  test("append with a lookback takes ties and late rows once, rows without cursor too, and twins as often as they come", async () => {
    describeFlow("events", `{mode: append, ${CURSOR}}`, { properties: WITHOUT_KEY });
    const first = await loadRows("events", "1,2026-01-01,a\n2,2026-01-05,tie\n3,,none");
    expect(first.report.cursor).toEqual({ column: "day", before: null, after: "2026-01-05" });
    const second = await loadRows(
      "events",
      "1,2026-01-01,a\n9,2026-01-01,too late\n2,2026-01-05,tie\n2,2026-01-05,tie\n4,2026-01-04,late\n3,,none\n5,2026-01-06,new",
    );
    expect(second.report.rows).toMatchObject({ read: 7, loaded: 5, filtered: 2, inserted: 3, unchanged: 2 });
    expect(second.report.cursor).toEqual({ column: "day", before: "2026-01-05", after: "2026-01-06" });
    expect(await table("events")).toEqual([
      [1, "2026-01-01", "a"],
      [2, "2026-01-05", "tie"],
      [2, "2026-01-05", "tie"],
      [3, null, "none"],
      [4, "2026-01-04", "late"],
      [5, "2026-01-06", "new"],
    ]);
  });

  test("a record without a cursor is rejected unless the flow says otherwise", async () => {
    describeFlow("strict_cursor", "{mode: merge, cursor: {column: day}}");
    const { report } = await loadRows("strict_cursor", "1,2026-01-01,a\n2,,b");
    expect(report.rows).toMatchObject({ loaded: 1, rejected: 1, filtered: 0 });
    expect(report.rejects).toEqual([{ row: 2, column: "day", value: null, reason: "required, but empty" }]);
    describeFlow("skipping_cursor", "{mode: merge, cursor: {column: day, on_null: skip}}");
    expect((await loadRows("skipping_cursor", "1,2026-01-01,a\n2,,b")).report.rows).toMatchObject({ loaded: 1, rejected: 0, filtered: 1 });
  });

  test("the cursor moves with the data or not at all, and a slice does not move it", async () => {
    describeFlow("moving", "{mode: merge, slice_by: day, cursor: {column: day}}", { more: 'on_reject: {fail_if: "> 0"}' });
    await loadRows("moving", "1,2026-01-02,a");
    const failed = await loadRows("moving", "2,2026-01-09,b\nx,2026-01-10,c");
    expect(failed.failure?.code).toBe("load_rejects_over_limit");
    await loadRows("moving", "3,2026-02-01,c", { interval: { from: "2026-02-01", to: "2026-03-01" } });
    expect(await warehouse.rows("select value from df.load_cursor where flow = 'moving'")).toEqual([["2026-01-02"]]);
    expect((await loadRows("moving", "2,2026-01-09,b\n4,2026-01-01,old")).report).toMatchObject({
      rows: { loaded: 1, filtered: 1 },
      cursor: { before: "2026-01-02", after: "2026-01-09" },
    });
  });

  test("numbers work as cursors too, and a lookback of another kind is refused", async () => {
    describeFlow("numbers", "{mode: merge, cursor: {column: id, lookback: 5}}");
    await loadRows("numbers", "10,,a");
    expect((await loadRows("numbers", "4,,old\n5,,late\n11,,new")).report.rows).toMatchObject({ loaded: 2, filtered: 1 });
    describeFlow("numbers", "{mode: merge, cursor: {column: id, lookback: 2 days}}");
    expect((await loadRows("numbers", "12,,a")).failure?.message).toContain("write a number");
  });
});

describe("B3: sources that have lost their records", () => {
  test("replace refuses to leave less than the flow allows", async () => {
    describeFlow("shrinking", "{mode: replace}", { properties: WITHOUT_KEY });
    await loadRows("shrinking", "1,,a\n2,,b\n3,,c");
    const { failure } = await loadRows("shrinking", "1,,a");
    expect(failure).toMatchObject({ code: "load_shrinks_target", message: expect.stringContaining("66.7 % fewer") });
    expect(await table("shrinking", "count(*)::int", "")).toEqual([[3]]);
    describeFlow("shrinking", '{mode: replace, max_shrink: "70%"}', { properties: WITHOUT_KEY });
    expect((await loadRows("shrinking", "1,,a")).report.rows.target).toBe(1);
  });
});

test("a dry run says what a load would do, and changes nothing", async () => {
  describeFlow("rehearsed", "{mode: merge}");
  await loadRows("rehearsed", "1,,a\n2,,b");
  const rehearsal = await loadRows("rehearsed", "1,,A\n3,,c\nx,,y", { dryRun: true });
  expect(rehearsal.report.rows).toMatchObject({ read: 3, inserted: 1, updated: 1, rejected: 1, target: 3 });
  expect(rehearsal.report.rejects).toHaveLength(1);
  expect(await table("rehearsed", "name", "order by 1")).toEqual([["a"], ["b"]]);
  expect(await warehouse.rows(`select from df.load_ledger where load_id = '${rehearsal.report.loadId}'`)).toEqual([]);
  expect(await warehouse.rows(`select from df.reject where load_id = '${rehearsal.report.loadId}'`)).toEqual([]);
});
