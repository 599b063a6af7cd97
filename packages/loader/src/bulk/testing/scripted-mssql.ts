import type { BulkSession, TextRecord } from "@polyflow/contracts";

/** What a test lets the other end say. */
export interface MssqlScript {
  /** Answers to queries that contain a text; the first that fits counts. */
  readonly answers?: readonly (readonly [contains: string, rows: readonly { readonly [column: string]: string | null }[]])[];
  /** Rows that statements containing a text have touched. */
  readonly touched?: readonly (readonly [contains: string, rows: number])[];
  /** The statement that is refused, and how. */
  readonly refuse?: readonly [contains: string, error: Error];
}

/**
 * The other end of a session, for tests without an MS SQL Server: writes down everything that it is told, answers what a server with these
 * tables would, and refuses what it is told to.
 */
export class ScriptedMssql implements BulkSession {
  readonly database = "mssql";
  /** All statements, and records that were copied, in their order. */
  readonly said: string[] = [];
  readonly copied: TextRecord[] = [];
  isClosed = false;
  readonly #script: MssqlScript;

  constructor(script: MssqlScript = {}) {
    this.#script = script;
  }

  execute(statement: string): Promise<number> {
    this.#hear(statement);
    const [, touched] = this.#script.touched?.find(([contains]) => statement.includes(contains)) ?? ["", 0];
    return Promise.resolve(touched);
  }

  query(statement: string): Promise<readonly { readonly [column: string]: string | null }[]> {
    this.#hear(statement);
    const scripted = this.#script.answers?.find(([contains]) => statement.includes(contains));
    if (scripted !== undefined) return Promise.resolve(scripted[1]);
    const [, object] = /object_id\(N'([^']+)'\)/.exec(statement) ?? [];
    if (object !== undefined && statement.includes(" as there"))
      return Promise.resolve([{ there: this.said.some((earlier) => earlier.includes(`create table ${object} (`)) ? "1" : "0" }]);
    if (statement.includes("max(version)")) return Promise.resolve([{ version: null }]);
    if (statement.includes("from #polyflow_incoming") && statement.startsWith("select count(*) as n"))
      return Promise.resolve([{ n: String(this.copied.length) }]);
    if (statement.startsWith("select count(*) as total")) return Promise.resolve([{ total: String(this.copied.length) }]);
    if (statement.startsWith("select count(*) as n")) return Promise.resolve([{ n: "0" }]);
    return Promise.resolve([]);
  }

  async insert(table: string, columns: readonly string[], records: AsyncIterable<TextRecord>): Promise<number> {
    this.#hear(`-- bulk copy into ${table} (${columns.join(", ")})`);
    for await (const record of records) this.copied.push(record);
    return this.copied.length;
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  #hear(statement: string): void {
    this.said.push(statement);
    const [contains, error] = this.#script.refuse ?? [];
    if (contains !== undefined && statement.includes(contains)) throw error;
  }
}
