import type { JsonValue } from "@polyflow/contracts";
import { operator } from "@polyflow/sdk";
import type { TaskHandle, TaskOptions } from "@polyflow/sdk";
import { inputFiles } from "./input-files.ts";
import { openLocked } from "./open-locked.ts";
import { readRows } from "./read-rows.ts";
import { writeFile } from "./write-file.ts";
import { writeTable } from "./write-table.ts";
import type { DuckdbTarget } from "./duckdb-target.ts";

/** Options of `duckdb`. */
export interface DuckdbOptions extends TaskOptions {
  /** One query of DuckDB; templates are rendered in it. Every name of `inputs` is a view that it can read. */
  readonly query: string;
  /**
   * Files by the names that the query uses: paths below the project's `source/` folder, masks with `*`, or `package:name/path` for a file
   * of an installed npm package. The endings .csv, .tsv, .parquet, .json, .ndjson and .jsonl (each also with .gz, but Parquet) are known.
   */
  readonly inputs: { readonly [name: string]: string };
  /** Default: the rows are the output of the task, at most 1000 of them. */
  readonly to?: DuckdbTarget;
  /** Memory that DuckDB may take, in MB; more goes to temporary files. Default 512. */
  readonly memoryMb?: number;
  /** Default 2. */
  readonly threads?: number;
}

/** Output of a `duckdb` task. */
export interface DuckdbSummary {
  /** Rows that were written, or that are in `data`. */
  readonly rows: number;
  /** The file or table that was written. */
  readonly target: string | null;
  readonly data: readonly { readonly [column: string]: JsonValue }[];
}

const DEFAULT_MEMORY_MB = 512;
const DEFAULT_THREADS = 2;

/**
 * Adds a task that runs a query of an embedded DuckDB over files of the project, without any server. DuckDB reaches the project's folder
 * and the named inputs and nothing else: no other files, no network, no extensions. A file appears when it is complete, a table changes
 * in one transaction.
 *
 * Needs the package `@duckdb/node-api` (70 MB, MIT): `npm install @duckdb/node-api@1.5.6-r.1`.
 *
 * @example
 * duckdb({
 *   id: "monthly", inputs: { weather: "package:vega-datasets/data/weather.csv" },
 *   query: "select date_trunc('month', date) as month, sum(precipitation) as rain from weather group by 1",
 *   to: { file: "monthly.parquet" },
 * });
 */
export function duckdb(given: DuckdbOptions): TaskHandle<DuckdbSummary> {
  const { query, inputs, to, memoryMb = DEFAULT_MEMORY_MB, threads = DEFAULT_THREADS, ...options } = given;
  return operator({
    name: "duckdb",
    options,
    details: { query, inputs, ...(to === undefined ? {} : { to: { ...to } }) },
    fields: { query, inputs },
    execute: async (_input, context, fields): Promise<DuckdbSummary> => {
      const files = await inputFiles(context.projectDir, fields.inputs);
      const database = await openLocked({ projectDir: context.projectDir, files, memoryMb, threads, signal: context.signal });
      try {
        const { connection } = database;
        const statement = fields.query.trim().replace(/;\s*$/, "");
        if (to === undefined) {
          const data = await readRows(connection, statement);
          return { rows: data.length, target: null, data };
        }
        const rows =
          "file" in to
            ? await writeFile(connection, statement, { context, file: to.file })
            : await writeTable(connection, statement, { context, to });
        const target = "file" in to ? to.file : to.table;
        context.log.info(`Wrote ${rows} rows to ${target}.`);
        return { rows, target, data: [] };
      } finally {
        await database.close();
      }
    },
  });
}
