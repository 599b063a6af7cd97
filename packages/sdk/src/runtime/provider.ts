import type { BulkSession } from "@polyflow/contracts";
import type { Extract, ExtractRequest } from "../extract.ts";
import type { FileStore } from "../file-store.ts";
import type { Connection, SqlSession } from "../task-context.ts";
import type { ProviderDescription } from "./provider-description.ts";

/** A session that the task process closes when the attempt ends. */
export interface ClosableSqlSession extends SqlSession {
  close(): Promise<void>;
}

/** A file store that the task process closes when the attempt ends. */
export interface ClosableFileStore extends FileStore {
  close(): Promise<void>;
}

/** What the caller knows beyond the connection. */
export interface SessionOptions {
  /** Shown where the system lists who is at work, for example `polyflow:sales/load_orders`. */
  readonly applicationName?: string;
}

/**
 * What a provider package (`@polyflow/provider-…`) exports as `provider`. Importing it must be cheap: clients of systems are imported
 * when one is opened. All opening throws PolyflowError: `config_invalid`, `database_unavailable`, `external_system_failed`.
 */
export interface Provider {
  readonly name: string;
  readonly description: ProviderDescription;
  /** Connection types (`Connection.type`) that this provider opens SQL sessions for. */
  readonly sqlConnectionTypes: readonly string[];
  readonly openSql?: (connection: Connection, options?: SessionOptions) => Promise<ClosableSqlSession>;
  /** Opens the files that a connection leads to. */
  readonly openFiles?: (connection: Connection, options?: SessionOptions) => Promise<ClosableFileStore>;
  /** Opens a session that flows load through, for databases other than PostgreSQL. */
  readonly openBulk?: (connection: Connection, options?: SessionOptions) => Promise<BulkSession>;
  /** Begins to read records. */
  readonly extract?: (connection: Connection, request: ExtractRequest) => Promise<Extract>;
  /** Signs in and does the least that shows it works; resolves to what was found, for people: "PostgreSQL 18.1, database dwh". */
  readonly test: (connection: Connection, signal: AbortSignal) => Promise<string>;
}

/** All values of `Connection.type` that a provider knows. */
export function connectionTypesOf({ description }: Pick<Provider, "description">): readonly string[] {
  return description.connectionTypes.flatMap(({ type, aliases = [] }) => [type, ...aliases]);
}
