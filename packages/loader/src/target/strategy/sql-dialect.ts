/** What differs between the SQL of databases, as far as writing loads needs it. */
export interface SqlDialect {
  readonly name: "postgres" | "mssql" | "clickhouse";
  /** Version from which MERGE may be used; undefined: never. */
  readonly hasMerge: boolean;
  readonly identifier: (...path: readonly string[]) => string;
  readonly literal: (text: string) => string;
  /** A load id as a value of the column `_load_id`. */
  readonly loadId: (loadId: string) => string;
  /** True when the two lists of expressions differ somewhere, NULL being equal to NULL. */
  readonly differs: (left: readonly string[], right: readonly string[]) => string;
  readonly asText: (expression: string) => string;
  /** A text that is equal for equal rows, NULL counting as a value. */
  readonly digest: (expressions: readonly string[]) => string;
  /** UPDATE of `target t` joined with `source`. */
  readonly updateJoined: (statement: JoinedStatement & { readonly set: readonly string[] }) => string;
  /** DELETE from `target t` joined with `source`. */
  readonly deleteJoined: (statement: JoinedStatement) => string;
  /** UPDATE or DELETE of `target t` alone. */
  readonly updateWhere: (target: string, set: readonly string[], where: string) => string;
  readonly deleteWhere: (target: string, where: string) => string;
  readonly merge: (statement: MergeStatement) => string;
  /** Statements that exchange the whole table; readers see the old rows until the end where the database can do that. */
  readonly deleteAll: (target: string) => string;
}

export interface JoinedStatement {
  readonly target: string;
  /** A table or a query in parentheses, with its alias. */
  readonly source: string;
  readonly where: string;
}

export interface MergeStatement {
  readonly target: string;
  /** With its alias. */
  readonly source: string;
  readonly on: string;
  /** Undefined: rows that match stay as they are. */
  readonly update?: { readonly where: string | undefined; readonly set: readonly string[] };
  readonly columns: readonly string[];
  readonly values: readonly string[];
}
