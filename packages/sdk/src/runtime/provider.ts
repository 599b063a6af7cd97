import type { Connection, SqlSession } from "../task-context.ts";

/** A session that the task process closes when the attempt ends. */
export interface ClosableSqlSession extends SqlSession {
  close(): Promise<void>;
}

/** What a provider package (`@polyflow/provider-…`) exports as `provider`. */
export interface Provider {
  readonly name: string;
  /** Connection types (`Connection.type`) that this provider opens SQL sessions for. */
  readonly sqlConnectionTypes: readonly string[];
  openSql(connection: Connection): Promise<ClosableSqlSession>;
}
