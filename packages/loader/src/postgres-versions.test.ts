import { randomUUID } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { startTemporaryPostgres } from "@polyflow/embedded-postgres";
import { readModels } from "@polyflow/metadata-model";
import { describe, expect, test } from "vitest";
import { buildModels } from "./models/build-models.ts";
import { upgradeSystemSchema } from "./system/upgrade-system-schema.ts";
import { TestWarehouse } from "./test-warehouse.ts";

/** Where `npm test` puts them. */
const FOLDER = join(import.meta.dirname, "../../../.toolchain/older-postgres/node_modules");
/** Starting a server and some twenty loads. */
const TIMEOUT_MS = 300_000;

const SOURCE =
  "format: csv\nschema: {fields: [{name: id, type: integer}, {name: day, type: date}, {name: amount, type: number, constraints: {minimum: 0}}]}\n";
const PROPERTIES =
  "      - {name: id, logicalType: integer, physicalType: bigint, primaryKey: true}\n" +
  "      - {name: day, logicalType: date}\n      - {name: amount, logicalType: number}";
const QUALITY = "    quality:\n      - {id: some, metric: rowCount, mustBeGreaterThan: 0}\n";
const FIRST = "1,2026-01-01,1.5\n2,2026-01-01,2\n3,2026-01-02,3\n";
const SECOND = "1,2026-01-01,1.5\n2,2026-01-01,20\n4,2026-01-02,4\n5,2026-01-02,wrong\n6,2026-01-02,-1\n";

/** Flow → rows of its table after both files: without a key all records that are good, with one what its strategy makes of them. */
const STRATEGIES: { readonly [flow: string]: { readonly load: string; readonly rows: readonly string[] } } = {
  appended: { load: "{mode: append}", rows: ["1:1.5", "1:1.5", "2:2", "2:20", "3:3", "4:4"] },
  replaced: { load: "{mode: replace}", rows: ["1:1.5", "2:20", "4:4"] },
  merged: { load: "{mode: merge}", rows: ["1:1.5", "2:20", "3:3", "4:4"] },
  swapped: { load: "{mode: merge, strategy: delete_insert}", rows: ["1:1.5", "2:20", "3:3", "4:4"] },
  once: { load: "{mode: merge, strategy: insert_only}", rows: ["1:1.5", "2:2", "3:3", "4:4"] },
  history: { load: "{mode: merge, strategy: scd2}", rows: ["1:1.5", "2:2", "2:20", "3:3", "4:4"] },
};

describe.each([12, 13])("B3, B7: PostgreSQL %i", (version) => {
  const binDir = join(FOLDER, `postgres-${version}`, "native/bin");

  test("system schema, all strategies, rejects, rules and models", { timeout: TIMEOUT_MS }, async ({ skip }) => {
    skip(!existsSync(binDir), `skipped: needs PostgreSQL ${version}, which npm test fetches on Linux`);
    const server = await startTemporaryPostgres({ binDir });
    const warehouse = await TestWarehouse.create(server.adminUrl);
    try {
      const [answer] = await warehouse.rows("select current_setting('server_version_num')::int / 10000");
      expect(answer).toEqual([version]);
      await upgradeSystemSchema(warehouse.url);
      for (const [flow, { load, rows }] of Object.entries(STRATEGIES)) {
        const properties = flow === "appended" || flow === "replaced" ? PROPERTIES.replace(", primaryKey: true", "") : PROPERTIES;
        warehouse.describe(flow, { source: `path: ${flow}.csv\n${SOURCE}`, properties, load, quality: QUALITY });
        for (const content of [FIRST, SECOND]) {
          warehouse.write(`source/${flow}.csv`, `id,day,amount\n${content}`);
          const { failure, report } = await warehouse.load(flow);
          expect([flow, failure?.message, report.rows.rejected]).toEqual([flow, undefined, content === FIRST ? 0 : 2]);
        }
        const found = await warehouse.rows(`select id || ':' || amount from t.${flow} order by id, amount`);
        expect([flow, found.flat()]).toEqual([flow, rows]);
      }
      const reasons = await warehouse.rows("select reason from df.reject where flow = 'merged' order by row_number");
      expect(reasons).toEqual([[expect.stringContaining("not a number")], [expect.stringContaining("less than the minimum")]]);
      await buildsModels(warehouse);
    } finally {
      await warehouse.client.end();
      rmSync(warehouse.projectDir, { recursive: true, force: true });
      await server.stop();
    }
  });
});

async function buildsModels(warehouse: TestWarehouse): Promise<void> {
  const heads = {
    by_day: "materialized: table",
    growing: "materialized: incremental\nunique_key: [day]",
    known: "materialized: snapshot\nunique_key: [day]",
  };
  for (const [name, head] of Object.entries(heads)) {
    const from = name === "by_day" ? "{{ ref('t.merged') }} group by day" : "{{ ref('by_day') }}";
    const total = name === "by_day" ? "sum(amount) as total" : "total";
    warehouse.write(`metadata/models/${name}.sql`, `/*---\n${head}\nschema: m\n---*/\nselect day, ${total} from ${from}`);
  }
  for (const round of [1, 2]) {
    const built = await buildModels({
      client: warehouse.url,
      models: await readModels(warehouse.projectDir),
      projectDir: warehouse.projectDir,
      runId: randomUUID(),
      log: { info: () => undefined, warning: () => undefined },
    });
    expect([round, built.map((model) => [model.name, model.status])]).toEqual([round, Object.keys(heads).map((name) => [name, "built"])]);
  }
  expect(await warehouse.rows("select day::text, total::float8 from m.growing order by day")).toEqual([
    ["2026-01-01", 21.5],
    ["2026-01-02", 7],
  ]);
}
