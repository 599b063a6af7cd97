import { mkdirSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { TestProject } from "../tests/harness/project.ts";
import type { Bench, BenchOptions, BenchResult } from "./bench-result.ts";
import { comparisonsOf } from "./load/comparison.ts";
import type { Comparison, Sizes } from "./load/comparison.ts";
import { writeSalesParquet } from "./load/duckdb-peer.ts";
import { writeSalesFile } from "./load/sales-file.ts";
import { writeSalesMetadata } from "./load/sales-metadata.ts";
import { writeSalesWorkbook } from "./load/sales-workbook.ts";
import { BenchWarehouse } from "./load/warehouse.ts";
import { median, short } from "./statistics.ts";

/** B7: rows into PostgreSQL, each kind of load beside what a person would type for it. */
export const loadBench: Bench = {
  name: "load",
  summary:
    "B7: 2,000,000 records of CSV (pass-through, typed, merge), Parquet, xlsx, database to database; against \\copy, bare SQL, DuckDB",
  run: measureLoads,
};

const FULL: Sizes = { csv: 2_000_000, parquet: 3_000_000, workbook: 200_000 };
/** What a load may hold in memory. */
const MEMORY_GOAL_MB = 150;

async function measureLoads({ rounds, scale }: BenchOptions): Promise<BenchResult> {
  const sizes: Sizes = {
    csv: Math.round(FULL.csv * scale),
    parquet: Math.round(FULL.parquet * scale),
    workbook: Math.round(FULL.workbook * scale),
  };
  const project = new TestProject({});
  const warehouse = new BenchWarehouse();
  const tidy = async (): Promise<void> => {
    await warehouse.stop();
    project.remove();
  };
  const untilTold = endOnSignals(tidy);
  try {
    writeSalesMetadata(project);
    mkdirSync(join(project.dir, "source"));
    writeSalesFile(join(project.dir, "source/sales.csv"), sizes.csv);
    writeSalesFile(join(project.dir, "source/sales-book.csv"), sizes.workbook);
    writeSalesWorkbook(join(project.dir, "source/sales.xlsx"), sizes.workbook);
    await writeSalesParquet(join(project.dir, "source/sales.parquet"), sizes.parquet);
    await warehouse.start();
    const comparisons = comparisonsOf(warehouse, project.dir, sizes);
    for (let round = 0; round <= rounds; round++) for (const comparison of comparisons) await measure(comparison, round > 0);
    return resultOf(comparisons, { copier: warehouse.copier, rounds, scale });
  } finally {
    untilTold();
    await tidy();
  }
}

/** Stops the server and removes the files when the run is broken off; returns how to stop listening. */
function endOnSignals(tidy: () => Promise<void>): () => void {
  const end = (signal: NodeJS.Signals): void => {
    tidy().then(
      () => process.exit(signal === "SIGINT" ? 130 : 143),
      () => process.exit(1),
    );
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, end);
  return () => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, end);
  };
}

async function measure(comparison: Comparison, counts: boolean): Promise<void> {
  await comparison.prepare();
  const baselineMs = await comparison.baseline();
  await comparison.prepare();
  const run = await comparison.load();
  if (run.rows["read"] !== comparison.records)
    throw new Error(`${comparison.name}: read ${run.rows["read"]} of ${comparison.records} records`);
  if (!counts) return;
  comparison.baselineMs.push(baselineMs);
  comparison.loaderMs.push(run.elapsedMs);
  comparison.peakRssBytes.push(run.peakRssBytes);
}

function resultOf(
  comparisons: readonly Comparison[],
  about: { readonly copier: string; readonly rounds: number; readonly scale: number },
): BenchResult {
  const measured = comparisons.map((comparison) => {
    const baselineMs = median(comparison.baselineMs);
    const loaderMs = median(comparison.loaderMs);
    return {
      name: comparison.name,
      byHand: comparison.byHand,
      records: comparison.records,
      goal: comparison.goal,
      baselineMs: Math.round(baselineMs),
      loaderMs: Math.round(loaderMs),
      rowsPerSecond: Math.round(comparison.records / (loaderMs / 1000)),
      share: short(baselineMs / loaderMs),
      peakRssMb: Math.round(Math.max(...comparison.peakRssBytes) / 1e6),
    };
  });
  return {
    title: `B7: records of 10 columns into PostgreSQL, medians of ${about.rounds} rounds; \\copy is ${about.copier}; memory goal ${MEMORY_GOAL_MB} MB`,
    table: {
      columns: ["load", "records", "by hand", "by hand, ms", "loader, ms", "rows/s", "share", "goal", "peak RSS, MB"],
      rows: measured.map((row) => [
        row.name,
        row.records,
        row.byHand,
        row.baselineMs,
        row.loaderMs,
        row.rowsPerSecond,
        row.share,
        row.goal ?? "",
        row.peakRssMb,
      ]),
    },
    json: { bench: "load", ...about, cpus: cpus().length, memoryGoalMb: MEMORY_GOAL_MB, measured },
  };
}
