import type { FileHandle } from "node:fs/promises";
import { PolyflowError } from "@polyflow/contracts";
import type { ColumnMetaData, PageHeader } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import type { PageBuffer } from "./page-buffer.ts";

/** One page as it stands in the file. Its bytes are overwritten by the next page of the same column. */
export interface ChunkPage {
  readonly header: PageHeader;
  /** Compressed. */
  readonly bytes: Uint8Array;
}

/** Where the pages of all columns together find out whether they fit into memory. */
export class PageMemory {
  readonly #name: string;
  readonly #limitBytes: number;
  #held = 0;

  constructor(name: string, limitBytes: number) {
    this.#name = name;
    this.#limitBytes = limitBytes;
  }

  /** @throws PolyflowError `source_unreadable` when the pages that are held side by side take more than they may */
  exchange(before: number, after: number): void {
    this.#held += after - before;
    if (this.#held <= this.#limitBytes) return;
    throw new PolyflowError(
      "source_unreadable",
      `${this.#name} has pages of ${this.#held} bytes side by side, and ${this.#limitBytes} are allowed in memory. Raise \`limits: {memoryBytes: …}\` in the source's YAML, or have it written with smaller pages or row groups.`,
    );
  }
}

/** Headers hold the least and the greatest value, which may be long. */
const HEADER_BYTES = 4096;
const LONGEST_HEADER_BYTES = 16 << 20;

/** The pages of one column of one row group, one after the other: only the one in hand is in memory. */
export class ChunkPages {
  readonly #handle: FileHandle;
  readonly #memory: PageMemory;
  readonly #end: number;
  readonly #buffer: PageBuffer;
  #position: number;
  #held = 0;

  constructor(chunk: ColumnMetaData, from: { readonly handle: FileHandle; readonly memory: PageMemory; readonly buffer: PageBuffer }) {
    this.#handle = from.handle;
    this.#memory = from.memory;
    this.#buffer = from.buffer;
    // some writers say nothing of the dictionary, or 0, though it comes first
    this.#position = Number(chunk.dictionary_page_offset || chunk.data_page_offset);
    this.#end = this.#position + Number(chunk.total_compressed_size);
  }

  /** Undefined at the end of the column. */
  async next(): Promise<ChunkPage | undefined> {
    if (this.#position >= this.#end - 1) return undefined;
    const header = await this.#header();
    const { compressed_page_size: packed, uncompressed_page_size: unpacked } = header;
    const held = packed + unpacked;
    this.#memory.exchange(this.#held, held);
    this.#held = held;
    const bytes = this.#buffer.packed(packed);
    if ((await this.#fill(bytes)) < packed) throw new Error("it ends within a page");
    this.#position += packed;
    return { header, bytes };
  }

  /** Lets go of the memory of the last page. */
  release(): void {
    this.#memory.exchange(this.#held, 0);
    this.#held = 0;
  }

  /** Reads the header and leaves the position after it. */
  async #header(): Promise<PageHeader> {
    for (let length = HEADER_BYTES; ; length *= 16) {
      const bytes = Buffer.allocUnsafeSlow(Math.min(length, this.#end - this.#position));
      const count = await this.#fill(bytes);
      const reader = { view: new DataView(bytes.buffer, 0, count), offset: 0 };
      try {
        const header = parquetHeader(reader);
        this.#position += reader.offset;
        return header;
      } catch (error) {
        const isCutOff = error instanceof RangeError && count < this.#end - this.#position && length < LONGEST_HEADER_BYTES;
        if (!isCutOff) throw error;
      }
    }
  }

  async #fill(target: Buffer): Promise<number> {
    let filled = 0;
    while (filled < target.length) {
      const { bytesRead } = await this.#handle.read(target, filled, target.length - filled, this.#position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return filled;
  }
}
