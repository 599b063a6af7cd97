/** A record as texts; null for NULL. */
export type TextRecord = readonly (string | null)[];

/**
 * One session on a database other than PostgreSQL that flows load into, as thin as its driver allows: what is said to it is the loader's.
 * Statements that fail reject with the database's own words.
 */
export interface BulkSession {
  /** Whose SQL it speaks. */
  readonly database: "mssql" | "clickhouse";
  /** Runs one statement outside of any procedure, so that temporary tables and transactions stay. @returns rows touched, 0 where unknown */
  execute(statement: string): Promise<number>;
  /**
   * Rows of an answer, every value as text.
   * @param parameters `@p1`, `@p2` … for MS SQL Server, `{p1:Type}` … for ClickHouse
   */
  query(statement: string, parameters?: readonly unknown[]): Promise<readonly { readonly [column: string]: string | null }[]>;
  /**
   * Copies records into a table whose columns are all texts, by the driver's way for many rows.
   * @param table quoted as the database wants it
   * @returns how many
   */
  insert(table: string, columns: readonly string[], records: AsyncIterable<TextRecord>): Promise<number>;
  /** Ends it at once, with what runs; an open transaction is taken back. */
  close(): Promise<void>;
}

/** Connection types whose databases are loaded through a {@link BulkSession}. */
export const BULK_CONNECTION_TYPES: { readonly [type: string]: BulkSession["database"] } = {
  mssql: "mssql",
  sqlserver: "mssql",
  clickhouse: "clickhouse",
};
