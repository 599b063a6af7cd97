import { gzipSync, zstdCompressSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";

/** How a Parquet file is cut and packed. */
export interface ParquetLayout {
  readonly rowGroupSize: number;
  /** Bytes. */
  readonly pageSize: number;
  readonly codec: "UNCOMPRESSED" | "SNAPPY" | "GZIP" | "ZSTD";
  readonly textEncoding: "PLAIN" | "RLE_DICTIONARY" | "DELTA_BYTE_ARRAY" | "DELTA_LENGTH_BYTE_ARRAY";
  readonly wholeEncoding: "PLAIN" | "RLE_DICTIONARY" | "DELTA_BINARY_PACKED";
}

const DECIMAL_BYTES = 16;
const SCALE = 4;

/** A Parquet file of a text, a whole number of 64 bits, a decimal with four places, a day and a boolean, all of which may lack. */
export function parquetOf(
  rows: readonly (readonly [string | null, string | null, string | null, string | null, string | null])[],
  { textEncoding, wholeEncoding, ...layout }: ParquetLayout,
): Uint8Array {
  const optional = { repetition_type: "OPTIONAL" } as const;
  const buffer = parquetWriteBuffer({
    ...layout,
    compressors: { GZIP: (bytes) => gzipSync(bytes), ZSTD: (bytes) => zstdCompressSync(bytes) },
    schema: [
      { name: "root", num_children: 5 },
      { name: "t", type: "BYTE_ARRAY", converted_type: "UTF8", ...optional },
      { name: "w", type: "INT64", ...optional },
      {
        name: "a",
        type: "FIXED_LEN_BYTE_ARRAY",
        type_length: DECIMAL_BYTES,
        logical_type: { type: "DECIMAL", scale: SCALE, precision: 38 },
        ...optional,
      },
      { name: "d", type: "INT32", converted_type: "DATE", ...optional },
      { name: "f", type: "BOOLEAN", ...optional },
    ],
    columnData: [
      { name: "t", data: rows.map(([text]) => text), encoding: textEncoding },
      { name: "w", data: rows.map(([, whole]) => (whole === null ? null : BigInt(whole))), encoding: wholeEncoding },
      { name: "a", data: rows.map(([, , amount]) => (amount === null ? null : decimalBytes(amount))) },
      { name: "d", data: rows.map(([, , , day]) => (day === null ? null : new Date(day))) },
      { name: "f", data: rows.map(([, , , , flag]) => (flag === null ? null : flag === "true")) },
    ],
  });
  return new Uint8Array(buffer);
}

/** The unscaled number, most significant byte first, in two's complement. */
function decimalBytes(amount: string): Uint8Array {
  let rest = BigInt.asUintN(DECIMAL_BYTES * 8, BigInt(amount.replace(".", "")));
  const bytes = new Uint8Array(DECIMAL_BYTES);
  for (let place = DECIMAL_BYTES - 1; place >= 0; place--) {
    bytes[place] = Number(rest & 255n);
    rest >>= 8n;
  }
  return bytes;
}
