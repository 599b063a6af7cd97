/** The part of `oracledb` that we use; the package ships no types. */
export interface OracleConnection {
  execute(statement: string, binds?: readonly unknown[], options?: object): Promise<OracleResult>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  close(): Promise<void>;
}

interface OracleResult {
  readonly rows?: readonly { readonly [column: string]: unknown }[];
  readonly metaData?: readonly { readonly name: string; readonly dbTypeName?: string }[];
  readonly resultSet?: OracleRows;
}

/** Rows that are fetched as they are asked for. */
export interface OracleRows {
  getRows(count: number): Promise<readonly (readonly unknown[])[]>;
  close(): Promise<void>;
}

interface OracleDriver {
  readonly OUT_FORMAT_ARRAY: number;
  readonly OUT_FORMAT_OBJECT: number;
  readonly STRING: unknown;
  readonly BUFFER: unknown;
  readonly DB_TYPE_BLOB: unknown;
  getConnection(options: { readonly user: string; readonly password: string; readonly connectString: string }): Promise<OracleConnection>;
}

export interface LoadedOracle extends OracleDriver {
  /** Fetches every value as text, bytes as they are. */
  readonly asText: (column: { readonly dbType: unknown }) => { readonly type: unknown };
}

let driver: Promise<LoadedOracle> | undefined;

/** The driver, imported at first use. */
export function loadOracle(): Promise<LoadedOracle> {
  driver ??= importDriver();
  return driver;
}

async function importDriver(): Promise<LoadedOracle> {
  // @ts-expect-error -- no types come with it; what we use of it is declared above
  const imported: { readonly default: OracleDriver } = await import("oracledb");
  const oracle = imported.default;
  return Object.assign(Object.create(oracle), {
    asText: (column: { readonly dbType: unknown }) => ({ type: column.dbType === oracle.DB_TYPE_BLOB ? oracle.BUFFER : oracle.STRING }),
  });
}
