import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { TestWarehouse } from "../test-warehouse.ts";
import { cleanSystemSchema } from "./clean-system-schema.ts";
import { observeWarehouse } from "./observe-warehouse.ts";

const TIMEOUT = { timeout: 60_000 };
let warehouse: TestWarehouse;
beforeAll(async () => {
  warehouse = await TestWarehouse.create(inject("postgresUrl"));
  for (const [name, load] of [
    ["kept", "{mode: append}"],
    ["merged", "{mode: merge}"],
  ] as const) {
    warehouse.describe(name, {
      source: `path: ${name}.csv\nformat: csv\nschema: {fields: [{name: id, type: integer}]}\n`,
      properties: "      - {name: id, logicalType: integer, primaryKey: true}",
      load,
      quality: "    quality: [{id: few, metric: rowCount, mustBeLessThan: 6, severity: warning}]\n",
    });
  }
});
afterAll(() => warehouse.remove());

async function load(flow: string, ids: string): Promise<void> {
  warehouse.write(`source/${flow}.csv`, `id\n${ids}\n`);
  await warehouse.load(flow);
}

async function ledger(): Promise<unknown> {
  return warehouse.rows("select flow, status, count(*)::int from df.load_ledger group by 1, 2 order by 1, 2");
}

test(
  "B11: the observer tells failures, stale flows, volumes, rules, rejects and drift, errors first; a quiet warehouse has nothing to tell",
  TIMEOUT,
  async () => {
    const observe = () => observeWarehouse({ client: warehouse.client, hours: 24, staleAfterHours: 48, volumePercent: 50 });
    for (const id of [1, 2, 3]) await load("merged", String(id));
    expect(await observe()).toEqual([]);
    await load("merged", "1\n2\n3\n4\n5\n6\nx");
    await load("kept", "1");
    warehouse.write("source/kept.csv", "id,city\n1,A\n");
    await warehouse.load("kept");
    const kinds = (await observe()).map(({ kind, severity, about }) => [kind, severity, about]);
    expect(kinds).toEqual([
      ["failed_load", "error", "kept"],
      ["volume", "warning", "merged"],
      ["quality", "warning", '"t"."merged"'],
      ["rejects", "warning", "merged"],
      ["drift", "warning", "kept"],
    ]);
    await warehouse.client.query("update df.load_ledger set finished_at = finished_at - interval '3 days'");
    expect((await observe()).filter(({ kind }) => kind === "stale" || kind === "failed_load").map(({ about }) => about)).toEqual([
      "kept",
      "merged",
    ]);
  },
);

test(
  "B11: cleaning deletes what nothing depends on; a dry run counts the same and deletes nothing; repeats stay no-ops",
  TIMEOUT,
  async () => {
    const before = await ledger();
    const dry = await cleanSystemSchema({ client: warehouse.client, olderThanDays: 1, dryRun: true });
    expect(await ledger()).toEqual(before);
    await warehouse.client.query("update df.rule_result set at = at - interval '3 days'");
    const cleaned = await cleanSystemSchema({ client: warehouse.client, olderThanDays: 1 });
    expect(cleaned).toMatchObject({ load_ledger: dry["load_ledger"], reject: 0, drift: 0 });
    expect(await ledger()).toEqual([
      ["kept", "loaded", 1],
      ["merged", "loaded", 1],
    ]);
    expect(await warehouse.rows("select target, count(*)::int from df.rule_result group by 1 order by 1")).toEqual([
      ['"t"."kept"', 1],
      ['"t"."merged"', 1],
    ]);
    warehouse.write("source/kept.csv", "id\n1\n");
    expect((await warehouse.load("kept")).report.status).toBe("repeated");
    expect((await warehouse.load("merged")).report.status).toBe("repeated");
    expect(await warehouse.rows("select count(*)::int from t.kept")).toEqual([[1]]);
  },
);
