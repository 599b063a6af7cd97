/** Where the rows of a `duckdb` task go. */
export type DuckdbTarget =
  /** A file below the project's `source/` folder; its ending says what it is: .parquet, .csv, .json (a list) or .ndjson. */
  | { readonly file: string }
  | {
      /** `schema.table` of a PostgreSQL; made when it is not there. */
      readonly table: string;
      /** Default `df`. */
      readonly connection?: string;
      /** `replace` (default): the rows take the place of all; `append`: they are added. */
      readonly mode?: "replace" | "append";
    };
