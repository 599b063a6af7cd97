import type { JsonObject } from "./json.ts";

/** The parts of a connection, without its id. */
export interface ConnectionValues {
  /** Names the provider: `postgres`, `sftp`, `http`. */
  readonly type: string;
  readonly description: string | null;
  readonly host: string | null;
  readonly port: number | null;
  readonly login: string | null;
  readonly password: string | null;
  /** Database, schema or bucket, as the type has it. */
  readonly schema: string | null;
  /** Further settings, as the type has them. */
  readonly extra: JsonObject;
}

/** A connection of which nothing is known but the type. */
export function emptyConnection(type: string): ConnectionValues {
  return { type, description: null, host: null, port: null, login: null, password: null, schema: null, extra: {} };
}

/** As types are kept: lower case, `_` for `-`, and `postgres` for `postgresql`. */
export function normalConnectionType(written: string): string {
  const type = written.trim().toLowerCase().replaceAll("-", "_");
  return type === "postgresql" ? "postgres" : type;
}
