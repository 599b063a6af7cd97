import type { Client } from "pg";
import type { TypedStage } from "./cast/typed-stage.ts";
import type { CopyFormat, FoundRecords, StagingArea } from "./extract/extraction.ts";
import type { DivertedRecord } from "./extract/csv-scanner.ts";
import { KeptBytes } from "./kept-bytes.ts";
import type { RejectedRecord } from "./segment.ts";
import { identifier } from "./sql-text.ts";
import { StagedCopy } from "./staged-copy.ts";

export interface StagingOptions {
  readonly systemSchema: string;
  readonly loadId: string;
  readonly columnCount: number;
  readonly copy: CopyFormat;
}

const TABLE_PREFIX = "stage_";
/** So many segments may turn out not to fit the types, then the rest of the file is staged as text without trying. */
const TRIES = 2;

/**
 * Unlogged tables that hold the records of the file until the load is over. They are written by a connection of their own and
 * committed at once, so that the transaction of the load can cast one piece while the next is being read.
 * A session lock marks them as alive; those of loads that were killed are dropped by the next load.
 */
export class Staging implements StagingArea<StagedCopy> {
  readonly #client: Client;
  readonly #options: StagingOptions;
  readonly #tables: string[] = [];
  readonly #kept = new KeptBytes();
  #typed: TypedStage | undefined;
  #tries = TRIES;

  constructor(client: Client, options: StagingOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** From the next segment on the cells are read into their types, as long as they fit. */
  expect(typed: TypedStage | undefined): void {
    this.#typed = typed;
  }

  /** Creates the next table and begins to copy into it. */
  async begin(): Promise<{ readonly table: string; readonly writer: StagedCopy }> {
    const { systemSchema, loadId, columnCount, copy } = this.#options;
    const table = identifier(systemSchema, `${TABLE_PREFIX}${loadId.replaceAll("-", "")}_${this.#tables.length}`);
    const typed = this.#tries > 0 ? this.#typed : undefined;
    const writer = await StagedCopy.begin(this.#client, {
      table,
      columnCount,
      copy,
      kept: this.#kept,
      ...(typed === undefined ? {} : { typed }),
    });
    this.#tables.push(table);
    return { table, writer };
  }

  async commit(writer: StagedCopy, found: FoundRecords): Promise<{ readonly isTyped: boolean }> {
    const isTyped = await writer.commit(found);
    if (!isTyped) this.#tries--;
    return { isTyped };
  }

  /** Takes back the table begun last. */
  async abandon(writer: StagedCopy): Promise<void> {
    await writer.abandon();
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
