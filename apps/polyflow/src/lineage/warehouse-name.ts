import type { ConnectionRecord } from "@polyflow/store";

/** What the tables of a database are called in OpenLineage: its server is the namespace, the database begins their names. */
export interface WarehouseName {
  readonly namespace: string;
  readonly database: string;
}

const POSTGRES_TYPES: ReadonlySet<string> = new Set(["postgres", "postgresql"]);
const POSTGRES_PORT = 5432;

/**
 * The standard's name for where a connection leads; undefined where a load cannot lead.
 * @example warehouseName(connection); // { namespace: "postgres://dwh:5432", database: "sales" }
 */
export function warehouseName({ type, host, port, schema, login }: ConnectionRecord): WarehouseName | undefined {
  if (!POSTGRES_TYPES.has(type)) return undefined;
  // As PostgreSQL itself reads an address without them.
  return { namespace: `postgres://${host ?? "localhost"}:${port ?? POSTGRES_PORT}`, database: schema ?? login ?? "postgres" };
}
