export { duckdb } from "./duckdb.ts";
export type { DuckdbOptions, DuckdbSummary, DuckdbTarget } from "./duckdb.ts";
