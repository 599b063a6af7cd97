import type { DuckDBConnection } from "@duckdb/node-api";
import { type JsonValue, PolyflowError } from "@polyflow/contracts";
import { messageOf } from "./open-locked.ts";

/** Large data goes to a file or a table. */
const MOST_ROWS = 1000;

/**
 * The rows of a query as JSON; whole numbers beyond 32 bits and decimals as texts.
 * @throws PolyflowError `request_invalid` when there are more than 1000, or the query is wrong
 */
export async function readRows(connection: DuckDBConnection, query: string): Promise<readonly { readonly [column: string]: JsonValue }[]> {
  const found = await ask(connection, `select * from (${query}\n) limit ${MOST_ROWS + 1}`);
  if (found.length <= MOST_ROWS) return found;
  throw new PolyflowError("request_invalid", `The query has more than ${MOST_ROWS} rows. Write them to a file or a table with \`to\`.`);
}

/**
 * Runs a statement and returns its rows.
 * @throws PolyflowError `request_invalid` with what DuckDB says
 */
export async function ask(connection: DuckDBConnection, statement: string): Promise<readonly { readonly [column: string]: JsonValue }[]> {
  try {
    const reader = await connection.runAndReadAll(statement);
    // DuckDB's own JSON form of rows is plain JSON
    return reader.getRowObjectsJson() as readonly { readonly [column: string]: JsonValue }[]; // oxlint-disable-line typescript/no-unsafe-type-assertion
  } catch (error) {
    throw new PolyflowError("request_invalid", `DuckDB: ${messageOf(error)}`, { cause: error });
  }
}
