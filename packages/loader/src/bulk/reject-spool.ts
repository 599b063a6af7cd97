import { createReadStream, createWriteStream } from "node:fs";
import type { WriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { RejectedCell } from "@polyflow/contracts";
import type { CellComplaint } from "./record-judge.ts";

/** One entry of the reject table. */
export interface SpooledReject extends CellComplaint {
  readonly row: number;
  readonly action: "rejected" | "value_discarded";
  /** The record as the file has it. */
  readonly record: { readonly [field: string]: string | null } | string;
}

/** Rejects that a report carries; the table has all. */
const REPORTED = 200;

/**
 * Rejects wait in a file of this machine until the load is over: they must outlive a transaction that is taken back, and there may be more of
 * them than memory.
 */
export class RejectSpool {
  readonly #folder: string;
  readonly #stream: WriteStream;
  readonly #reported: RejectedCell[] = [];
  #rows = 0;
  #lastRow = -1;
  #written = 0;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#stream = createWriteStream(join(folder, "rejects.ndjson"));
  }

  static async open(): Promise<RejectSpool> {
    return new RejectSpool(await mkdtemp(join(tmpdir(), "polyflow-rejects-")));
  }

  /** Records that were rejected. */
  get rows(): number {
    return this.#rows;
  }

  /** Entries, several for a record of several bad cells. */
  get entries(): number {
    return this.#written;
  }

  /** The first of them, as a report shows them. */
  get reported(): readonly RejectedCell[] {
    return this.#reported.toSorted((left, right) => left.row - right.row || (left.column < right.column ? -1 : 1));
  }

  /** @param entries all of one record */
  async add(entries: readonly SpooledReject[]): Promise<void> {
    for (const entry of entries) {
      const { row, field, raw, reason } = entry;
      if (this.#reported.length < REPORTED) this.#reported.push({ row, column: field, value: raw, reason });
      if (entry.action === "rejected" && row !== this.#lastRow) {
        this.#rows++;
        this.#lastRow = row;
      }
      this.#written++;
      if (!this.#stream.write(`${JSON.stringify(entry)}\n`)) await once(this.#stream, "drain");
    }
  }

  /** Ends the writing and gives back what was written, in its order. */
  async *read(): AsyncGenerator<SpooledReject, void> {
    if (!this.#stream.writableEnded) {
      this.#stream.end();
      await once(this.#stream, "close");
    }
    for await (const line of createInterface({ input: createReadStream(join(this.#folder, "rejects.ndjson")) })) {
      yield JSON.parse(line) as SpooledReject; // it has written it itself
    }
  }

  async close(): Promise<void> {
    this.#stream.destroy();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
