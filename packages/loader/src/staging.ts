import type { Client } from "pg";
import { CopyWriter } from "./copy-writer.ts";
import type { CopyFormat, StagingArea } from "./extract/extraction.ts";
import type { DivertedRecord } from "./extract/csv-scanner.ts";
import type { LexicalFacts } from "./extract/lexical-facts.ts";
import { identifier, literal } from "./sql-text.ts";

/** A piece of the file in an all-text table: cell i of a record is the column `c<i>`. */
export interface Segment {
  /** Qualified and quoted. */
  readonly table: string;
  /** Records in the table. */
  readonly records: number;
  /** Records of the file before this segment. */
  readonly firstRecord: number;
  /** Records that never reached the table, in order. */
  readonly diverted: readonly RejectedRecord[];
  readonly facts: LexicalFacts;
}

/** A record that the reader refused as a whole. */
export interface RejectedRecord {
  /** From 1. */
  readonly row: number;
  readonly text: string;
  readonly reason: string;
}

export interface StagingOptions {
  readonly systemSchema: string;
  readonly loadId: string;
  readonly columnCount: number;
  readonly copy: CopyFormat;
}

const TABLE_PREFIX = "stage_";

/**
 * Unlogged tables that hold the text of the file until the load is over. They are written by a connection of their own and
 * committed at once, so that the transaction of the load can cast one piece while the next is being read.
 * A session lock marks them as alive; those of loads that were killed are dropped by the next load.
 */
export class Staging implements StagingArea<CopyWriter> {
  readonly #client: Client;
  readonly #options: StagingOptions;
  readonly #tables: string[] = [];

  constructor(client: Client, options: StagingOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** Creates the next table and begins to copy into it. */
  async begin(): Promise<{ readonly table: string; readonly writer: CopyWriter }> {
    const { systemSchema, loadId, columnCount, copy } = this.#options;
    const table = identifier(systemSchema, `${TABLE_PREFIX}${loadId.replaceAll("-", "")}_${this.#tables.length}`);
    const columns = Array.from({ length: columnCount }, (_, index) => `c${index} text`);
    // Only into a table of its own transaction does COPY write strictly one page after the other: records are numbered by their place.
    await this.#client.query("begin");
    await this.#client.query(`create unlogged table ${table} (${columns.join(", ")}) with (autovacuum_enabled = false)`);
    this.#tables.push(table);
    const format = `format csv, delimiter ${literal(copy.delimiter)}, quote ${literal(copy.quote)}, null '', encoding ${literal(copy.encoding)}`;
    return { table, writer: new CopyWriter(this.#client, `copy ${table} from stdin (${format})`) };
  }

  /** Ends the copy begun last and makes its table visible to the load. */
  async commit(writer: CopyWriter): Promise<void> {
    await writer.finish();
    await this.#client.query("commit");
  }

  /** Takes back the table begun last. */
  async abandon(writer: CopyWriter): Promise<void> {
    await writer.abandon();
    await this.#client.query("rollback");
    this.#tables.pop();
  }

  async drop(): Promise<void> {
    if (this.#tables.length > 0) await this.#client.query(`drop table if exists ${this.#tables.join(", ")}`);
    this.#tables.length = 0;
  }
}

/** Takes the session lock that keeps others from dropping this load's tables, and drops those of dead loads. */
export async function claimStaging(client: Client, systemSchema: string, loadId: string): Promise<void> {
  await client.query("select pg_advisory_lock(hashtextextended($1, 1))", [stagingKey(systemSchema, loadId.replaceAll("-", ""))]);
  const leftovers = await client.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and c.relname like 'stage\\_%' and c.relkind = 'r'`,
    [systemSchema],
  );
  const loads = Map.groupBy(leftovers.rows, (row) => row.name.slice(TABLE_PREFIX.length).split("_")[0] ?? "");
  loads.delete(loadId.replaceAll("-", ""));
  for (const [load, tables] of loads) {
    const key = stagingKey(systemSchema, load);
    const answer = await client.query<{ free: boolean }>("select pg_try_advisory_lock(hashtextextended($1, 1)) as free", [key]);
    if (answer.rows[0]?.free !== true) continue;
    await client.query(`drop table if exists ${tables.map((table) => identifier(systemSchema, table.name)).join(", ")}`);
    await client.query("select pg_advisory_unlock(hashtextextended($1, 1))", [key]);
  }
}

function stagingKey(systemSchema: string, load: string): string {
  return `polyflow:staging:${systemSchema}:${load}`;
}

/** Turns what the scanner took out of a segment into rejected records with their place in the file. */
export function toRejectedRecords(diverted: readonly DivertedRecord[], firstRecord: number, label: string): readonly RejectedRecord[] {
  const decoder = new TextDecoder(label);
  return diverted.map((record, index) => ({
    row: firstRecord + record.goodBefore + index + 1,
    text: decoder.decode(record.bytes).replaceAll("\0", "\u2400"),
    reason: record.reason,
  }));
}
