import { DatabaseError } from "pg";
import type { Client } from "pg";
import type { TypedStage } from "./cast/typed-stage.ts";
import { CopyWriter } from "./copy-writer.ts";
import type { CopyFormat, FoundRecords, SegmentWriter } from "./extract/extraction.ts";
import type { KeptBytes } from "./kept-bytes.ts";
import { literal } from "./sql-text.ts";

export interface StagedCopyOptions {
  /** Qualified and quoted. */
  readonly table: string;
  readonly columnCount: number;
  readonly copy: CopyFormat;
  /** Try this first. */
  readonly typed?: TypedStage;
  /** Where the bytes wait until it is known that the types took them. */
  readonly kept: KeptBytes;
}

/** SQLSTATE classes of values that a type does not take. */
const REFUSALS: ReadonlySet<string> = new Set(["22", "23"]);

/**
 * The table of one segment while it is filled, in a transaction of its own. When its types do not take all records, the same bytes go into
 * an all-text table of the same name instead, as if nothing had been tried.
 */
export class StagedCopy implements SegmentWriter {
  readonly #client: Client;
  readonly #options: StagedCopyOptions;
  #typed: TypedStage | undefined;
  #copy: CopyWriter;

  private constructor(client: Client, options: StagedCopyOptions, begun: { readonly typed?: TypedStage; readonly copy: CopyWriter }) {
    this.#client = client;
    this.#options = options;
    this.#typed = begun.typed;
    this.#copy = begun.copy;
  }

  static async begin(client: Client, options: StagedCopyOptions): Promise<StagedCopy> {
    options.kept.clear();
    const { typed } = options;
    if (typed === undefined) return new StagedCopy(client, options, { copy: await openCopy(client, options, undefined) });
    try {
      return new StagedCopy(client, options, { typed, copy: await openCopy(client, options, typed) });
    } catch (error) {
      // whatever is wrong with the types is better said by the cast
      if (!(error instanceof DatabaseError)) throw error;
      await client.query("rollback");
      return new StagedCopy(client, options, { copy: await openCopy(client, options, undefined) });
    }
  }

  async write(bytes: Buffer): Promise<void> {
    if (this.#typed === undefined) return this.#copy.write(bytes);
    this.#options.kept.add(bytes);
    try {
      await this.#copy.write(bytes);
    } catch (error) {
      await this.#startAgain(error);
    }
  }

  /**
   * Ends the copy and makes the table visible to the load.
   * @returns true when all records are staged in their types and have passed
   */
  async commit(found: FoundRecords): Promise<boolean> {
    const isTyped = await this.#staysTyped(found);
    if (!isTyped) await this.#copy.finish();
    await this.#client.query("commit");
    this.#options.kept.clear();
    return isTyped;
  }

  async abandon(): Promise<void> {
    await this.#copy.abandon();
    await this.#client.query("rollback");
    this.#options.kept.clear();
  }

  async #staysTyped({ records, facts }: FoundRecords): Promise<boolean> {
    if (this.#typed === undefined) return false;
    try {
      if ((await this.#copy.finish()) === records && this.#typed.proves(facts)) return true;
    } catch (error) {
      await this.#startAgain(error);
      return false;
    }
    await this.#startAgain(undefined);
    return false;
  }

  async #startAgain(error: unknown): Promise<void> {
    if (error !== undefined && !isRefusal(error)) throw error;
    await this.#copy.abandon();
    await this.#client.query("rollback");
    this.#typed = undefined;
    this.#copy = await openCopy(this.#client, this.#options, undefined);
    for (const piece of this.#options.kept.pieces()) await this.#copy.write(piece);
    this.#options.kept.clear();
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof DatabaseError && REFUSALS.has(error.code?.slice(0, 2) ?? "");
}

/** Only into a table of its own transaction does COPY write strictly one page after the other: records are numbered by their place. */
async function openCopy(client: Client, options: StagedCopyOptions, typed: TypedStage | undefined): Promise<CopyWriter> {
  const { table, copy, columnCount } = options;
  const columns = Array.from({ length: columnCount }, (_, index) => `c${index} ${typed?.types[index] ?? "text"}`);
  await client.query("begin");
  await client.query(`create unlogged table ${table} (${columns.join(", ")}) with (autovacuum_enabled = false)`);
  const format = `format csv, delimiter ${literal(copy.delimiter)}, quote ${literal(copy.quote)}, null '', encoding ${literal(copy.encoding)}`;
  const nulls =
    typed === undefined || typed.emptyIsNull.length === 0
      ? ""
      : `, force_null (${typed.emptyIsNull.map((index) => `c${index}`).join(", ")})`;
  const where = typed === undefined || typed.conditions.length === 0 ? "" : ` where ${typed.conditions.join(" and ")}`;
  return new CopyWriter(client, `copy ${table} from stdin (${format}${nulls})${where}`);
}
