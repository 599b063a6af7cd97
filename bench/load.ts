import { mkdirSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { TestProject } from "../tests/harness/project.ts";
import type { Bench, BenchOptions, BenchResult } from "./bench-result.ts";
import { SALES_RECORDS, writeSalesFile } from "./load/sales-file.ts";
import { SALES_CASTS, SALES_COLUMNS, SALES_TEXT_COLUMNS, SALES_TYPED_COLUMNS, writeSalesMetadata } from "./load/sales-metadata.ts";
import { BenchWarehouse } from "./load/warehouse.ts";
import type { LoaderRun } from "./load/warehouse.ts";
import { median, short } from "./statistics.ts";

/** B7: rows into PostgreSQL, each kind of load beside what a person would type for it. */
export const loadBench: Bench = {
  name: "load",
  summary: "B7: 1,000,000 x 10 CSV: pass-through, typed and checked, merge; against \\copy and the bare SQL",
  run: measureLoads,
};

/** A load of the loader and the same work by hand, taking turns. */
interface Comparison {
  readonly name: string;
  /** Share of the baseline's speed that is the goal. */
  readonly goal: number;
  /** Puts the tables back, outside the measured time. */
  prepare(): Promise<void>;
  /** @returns milliseconds */
  baseline(): Promise<number>;
  load(): Promise<LoaderRun>;
  readonly baselineMs: number[];
  readonly loaderMs: number[];
  readonly peakRssBytes: number[];
}

const FILE = "source/sales.csv";
const UPSERT_COLUMNS = SALES_COLUMNS.filter((column) => column !== "id");

async function measureLoads({ rounds }: BenchOptions): Promise<BenchResult> {
  const project = new TestProject({});
  writeSalesMetadata(project);
  mkdirSync(join(project.dir, "source"));
  writeSalesFile(join(project.dir, FILE));
  const warehouse = new BenchWarehouse();
  await warehouse.start();
  try {
    const comparisons = comparisonsOf(warehouse, project.dir);
    for (let round = 0; round <= rounds; round++) for (const comparison of comparisons) await measure(comparison, round > 0);
    return resultOf(comparisons, warehouse.copier, rounds);
  } finally {
    await warehouse.stop();
    project.remove();
  }
}

async function measure(comparison: Comparison, counts: boolean): Promise<void> {
  await comparison.prepare();
  const baselineMs = await comparison.baseline();
  await comparison.prepare();
  const run = await comparison.load();
  if (run.rows["read"] !== SALES_RECORDS) throw new Error(`${comparison.name}: read ${run.rows["read"]} of ${SALES_RECORDS} records`);
  if (!counts) return;
  comparison.baselineMs.push(baselineMs);
  comparison.loaderMs.push(run.elapsedMs);
  comparison.peakRssBytes.push(run.peakRssBytes);
}

function comparisonsOf(warehouse: BenchWarehouse, projectDir: string): readonly Comparison[] {
  const file = join(projectDir, FILE);
  const measured = (): Pick<Comparison, "baselineMs" | "loaderMs" | "peakRssBytes"> => ({ baselineMs: [], loaderMs: [], peakRssBytes: [] });
  const noTables = async (): Promise<void> => {
    await warehouse.sql("drop table if exists bench.sales_append, bench.sales_merge, bench.by_hand; checkpoint");
  };
  const mergeByHand = (): Promise<number> => {
    const differs = `(${UPSERT_COLUMNS.map((column) => `t.${column}`).join(", ")}) is distinct from (${UPSERT_COLUMNS.map((column) => `excluded.${column}`).join(", ")})`;
    return warehouse.copy(file, "pg_temp.incoming", {
      before: `create temporary table incoming (${SALES_TEXT_COLUMNS}) on commit drop`,
      after:
        `insert into bench.by_hand as t (${SALES_COLUMNS.join(", ")}) select ${SALES_CASTS} from pg_temp.incoming on conflict (id) do update set ` +
        `${UPSERT_COLUMNS.map((column) => `${column} = excluded.${column}`).join(", ")} where ${differs}`,
    });
  };
  const fullTables = async (differing: string): Promise<void> => {
    await noTables();
    await warehouse.sql(`create table bench.by_hand (${SALES_TYPED_COLUMNS}, primary key (id))`);
    await warehouse.copy(file, "bench.by_hand", { before: "", after: "" });
    await warehouse.sql(`update bench.by_hand set quantity = quantity + 1 where ${differing}`);
    await warehouse.sql("create table bench.sales_merge (like bench.by_hand including all)");
    await warehouse.sql("alter table bench.sales_merge add _load_id uuid, add _loaded_at timestamptz");
    await warehouse.sql("insert into bench.sales_merge select * from bench.by_hand");
    await warehouse.sql("vacuum (full, analyze) bench.by_hand");
    await warehouse.sql("vacuum (full, analyze) bench.sales_merge");
    await warehouse.sql("checkpoint");
  };
  return [
    {
      name: "pass-through into text",
      goal: 0.95,
      prepare: async () => {
        await noTables();
        await warehouse.sql(`create unlogged table bench.by_hand (${SALES_TEXT_COLUMNS})`);
      },
      baseline: () => warehouse.copy(file, "bench.by_hand", { before: "", after: "" }),
      load: () => warehouse.load("scan", projectDir),
      ...measured(),
    },
    {
      name: "typed, 8 rules",
      goal: 0.65,
      prepare: async () => {
        await noTables();
        await warehouse.sql(`create table bench.by_hand (${SALES_TYPED_COLUMNS})`);
      },
      baseline: () => warehouse.copy(file, "bench.by_hand", { before: "", after: "" }),
      load: () => warehouse.load("append", projectDir),
      ...measured(),
    },
    {
      name: "load + merge, 0 % exist",
      goal: 0.9,
      prepare: async () => {
        await noTables();
        await warehouse.sql(`create table bench.by_hand (${SALES_TYPED_COLUMNS}, primary key (id))`);
      },
      baseline: mergeByHand,
      load: () => warehouse.load("merge", projectDir),
      ...measured(),
    },
    {
      name: "load + merge, all exist, 10 % differ",
      goal: 0.9,
      prepare: () => fullTables("id % 10 = 0"),
      baseline: mergeByHand,
      load: () => warehouse.load("merge", projectDir),
      ...measured(),
    },
    {
      name: "load + merge, all exist, all differ",
      goal: 0.9,
      prepare: () => fullTables("true"),
      baseline: mergeByHand,
      load: () => warehouse.load("merge", projectDir),
      ...measured(),
    },
  ];
}

function resultOf(comparisons: readonly Comparison[], copier: string, rounds: number): BenchResult {
  const measured = comparisons.map((comparison) => {
    const baselineMs = median(comparison.baselineMs);
    const loaderMs = median(comparison.loaderMs);
    return {
      name: comparison.name,
      goal: comparison.goal,
      baselineMs: Math.round(baselineMs),
      loaderMs: Math.round(loaderMs),
      rowsPerSecond: Math.round(SALES_RECORDS / (loaderMs / 1000)),
      share: short(baselineMs / loaderMs),
      peakRssMb: Math.round(Math.max(...comparison.peakRssBytes) / 1e6),
    };
  });
  return {
    title: `B7: ${SALES_RECORDS.toLocaleString("en")} x ${SALES_COLUMNS.length} CSV into PostgreSQL, medians of ${rounds} rounds; by hand: ${copier}`,
    table: {
      columns: ["load", "by hand, ms", "loader, ms", "rows/s", "share", "goal", "peak RSS, MB"],
      rows: measured.map((row) => [row.name, row.baselineMs, row.loaderMs, row.rowsPerSecond, row.share, row.goal, row.peakRssMb]),
    },
    json: { bench: "load", rounds, cpus: cpus().length, baseline: copier, measured },
  };
}
