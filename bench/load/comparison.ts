import { join } from "node:path";
import { parquetToCsv } from "./duckdb-peer.ts";
import { SALES_CASTS, SALES_COLUMNS, SALES_TEXT_COLUMNS, SALES_TYPED_COLUMNS } from "./sales-metadata.ts";
import type { BenchWarehouse, CopiedFile, LoaderRun } from "./warehouse.ts";

/** A load of the loader and the same work by hand, taking turns. */
export interface Comparison {
  readonly name: string;
  /** What a person would do. */
  readonly byHand: string;
  /** Share of the speed by hand that is the goal; undefined where the comparison is for orientation. */
  readonly goal: number | undefined;
  readonly records: number;
  /** Puts the tables back, outside the measured time. */
  prepare(): Promise<void>;
  /** @returns milliseconds */
  baseline(): Promise<number>;
  load(): Promise<LoaderRun>;
  readonly baselineMs: number[];
  readonly loaderMs: number[];
  readonly peakRssBytes: number[];
}

/** Sizes of a full run. */
export interface Sizes {
  readonly csv: number;
  readonly parquet: number;
  readonly workbook: number;
}

const UPSERT_COLUMNS = SALES_COLUMNS.filter((column) => column !== "id");
const NOTHING_AROUND = { before: "", after: "" };
const RUSSIAN = "delimiter ';', encoding 'WIN1251'";

/** All that is measured, on the files of a project. */
export function comparisonsOf(warehouse: BenchWarehouse, projectDir: string, sizes: Sizes): readonly Comparison[] {
  const at = (name: string): string => join(projectDir, "source", name);
  const csv: CopiedFile = { path: at("sales.csv"), options: RUSSIAN };
  const counted = (records: number): Pick<Comparison, "records" | "baselineMs" | "loaderMs" | "peakRssBytes"> => ({
    records,
    baselineMs: [],
    loaderMs: [],
    peakRssBytes: [],
  });
  const emptyTable = (columns: string) => async (): Promise<void> => {
    await dropTables(warehouse);
    await warehouse.sql(`create table bench.by_hand (${columns})`);
  };
  const merge = (name: string, differing: string | undefined): Comparison => ({
    name,
    byHand: "\\copy, insert … on conflict",
    goal: 0.9,
    prepare: () =>
      differing === undefined ? emptyTable(`${SALES_TYPED_COLUMNS}, primary key (id)`)() : fullTables(warehouse, csv, differing),
    baseline: () => warehouse.copy(csv, "pg_temp.incoming", MERGE_BY_HAND),
    load: () => warehouse.load("merge", projectDir),
    ...counted(sizes.csv),
  });
  return [
    {
      name: "CSV cp1251, pass-through into text",
      byHand: "\\copy",
      goal: 0.95,
      prepare: async () => {
        await dropTables(warehouse);
        await warehouse.sql(`create unlogged table bench.by_hand (${SALES_TEXT_COLUMNS})`);
      },
      baseline: () => warehouse.copy(csv, "bench.by_hand", NOTHING_AROUND),
      load: () => warehouse.load("scan", projectDir),
      ...counted(sizes.csv),
    },
    {
      name: "CSV cp1251, typed, 8 rules",
      byHand: "\\copy",
      goal: 0.65,
      prepare: emptyTable(SALES_TYPED_COLUMNS),
      baseline: () => warehouse.copy(csv, "bench.by_hand", NOTHING_AROUND),
      load: () => warehouse.load("append", projectDir),
      ...counted(sizes.csv),
    },
    merge("CSV cp1251, merge, 0 % exist", undefined),
    merge("CSV cp1251, merge, all exist, 10 % differ", "id % 10 = 0"),
    merge("CSV cp1251, merge, all exist, all differ", "true"),
    {
      name: "Parquet, typed, 8 rules",
      byHand: "DuckDB to CSV, \\copy",
      goal: undefined,
      prepare: emptyTable(SALES_TYPED_COLUMNS),
      baseline: async () => {
        const startedMs = performance.now();
        await parquetToCsv(at("sales.parquet"), at("by-hand.csv"));
        await warehouse.copy({ path: at("by-hand.csv"), options: "" }, "bench.by_hand", NOTHING_AROUND);
        return performance.now() - startedMs;
      },
      load: () => warehouse.load("parquet", projectDir),
      ...counted(sizes.parquet),
    },
    {
      name: "xlsx, typed, 8 rules",
      byHand: "\\copy of the same records as CSV",
      goal: undefined,
      prepare: emptyTable(SALES_TYPED_COLUMNS),
      baseline: () => warehouse.copy({ path: at("sales-book.csv"), options: RUSSIAN }, "bench.by_hand", NOTHING_AROUND),
      load: () => warehouse.load("workbook", projectDir),
      ...counted(sizes.workbook),
    },
    {
      name: "database to database, 8 rules",
      byHand: "psql | psql",
      goal: undefined,
      prepare: async () => {
        await emptyTable(SALES_TYPED_COLUMNS)();
        await warehouse.sql(`create table if not exists bench.sales_source (${SALES_TYPED_COLUMNS})`);
        if ((await warehouse.count("bench.sales_source")) === 0) await warehouse.copy(csv, "bench.sales_source", NOTHING_AROUND);
      },
      baseline: () => warehouse.pipe("bench.sales_source", "bench.by_hand"),
      load: () => warehouse.load("database", projectDir),
      ...counted(sizes.csv),
    },
  ];
}

const DIFFERS = `(${UPSERT_COLUMNS.map((column) => `t.${column}`).join(", ")}) is distinct from (${UPSERT_COLUMNS.map((column) => `excluded.${column}`).join(", ")})`;
const MERGE_BY_HAND = {
  before: `create temporary table incoming (${SALES_TEXT_COLUMNS}) on commit drop`,
  after:
    `insert into bench.by_hand as t (${SALES_COLUMNS.join(", ")}) select ${SALES_CASTS} from pg_temp.incoming on conflict (id) do update set ` +
    `${UPSERT_COLUMNS.map((column) => `${column} = excluded.${column}`).join(", ")} where ${DIFFERS}`,
};

async function dropTables(warehouse: BenchWarehouse): Promise<void> {
  const flows = ["append", "merge", "parquet", "workbook", "database"];
  await warehouse.sql(`drop table if exists bench.by_hand, ${flows.map((flow) => `bench.sales_${flow}`).join(", ")}; checkpoint`);
}

async function fullTables(warehouse: BenchWarehouse, csv: CopiedFile, differing: string): Promise<void> {
  await dropTables(warehouse);
  await warehouse.sql(`create table bench.by_hand (${SALES_TYPED_COLUMNS}, primary key (id))`);
  await warehouse.copy(csv, "bench.by_hand", NOTHING_AROUND);
  await warehouse.sql(`update bench.by_hand set quantity = quantity + 1 where ${differing}`);
  await warehouse.sql("create table bench.sales_merge (like bench.by_hand including all)");
  await warehouse.sql("alter table bench.sales_merge add _load_id uuid, add _loaded_at timestamptz");
  await warehouse.sql("insert into bench.sales_merge select * from bench.by_hand");
  await warehouse.sql("vacuum (full, analyze) bench.by_hand");
  await warehouse.sql("vacuum (full, analyze) bench.sales_merge");
  await warehouse.sql("checkpoint");
}
