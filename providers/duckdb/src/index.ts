export { duckdb } from "./duckdb.ts";
export type { DuckdbOptions, DuckdbSummary } from "./duckdb.ts";
export type { DuckdbTarget } from "./duckdb-target.ts";
