import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { snappyUncompress } from "hyparquet";
import type { Compressors } from "hyparquet";
import { compressors } from "hyparquet-compressors";

/** What Node unpacks itself is several times faster than JavaScript. No page may unpack to more than its header says. */
export const PARQUET_COMPRESSORS: Compressors = {
  ...compressors,
  GZIP: (bytes, length) => gunzipSync(bytes, { maxOutputLength: length || 1 }),
  BROTLI: (bytes, length) => brotliDecompressSync(bytes, { maxOutputLength: length || 1 }),
  ZSTD: (bytes, length) => zstdDecompressSync(bytes, { maxOutputLength: length || 1 }),
};

/** Pages of a column are of like sizes: a little more than the last one needed is enough for most of the next. */
const ROOM = 1.05;

/** The memory for one page of a column, used again for the next page and the next row group. */
export class PageBuffer {
  readonly compressors: Compressors = { ...PARQUET_COMPRESSORS, SNAPPY: (bytes, length) => this.#unpackSnappy(bytes, length) };
  #packed = Buffer.alloc(0);
  #unpacked = Buffer.alloc(0);

  /** Overwrites what it returned last. */
  packed(length: number): Buffer {
    if (this.#packed.length < length) this.#packed = Buffer.allocUnsafeSlow(Math.ceil(length * ROOM));
    return this.#packed.subarray(0, length);
  }

  #unpackSnappy(bytes: Uint8Array, length: number): Uint8Array {
    if (this.#unpacked.length < length) this.#unpacked = Buffer.allocUnsafeSlow(Math.ceil(length * ROOM));
    const page = this.#unpacked.subarray(0, length);
    snappyUncompress(bytes, page);
    return page;
  }
}
