import { PolyflowError } from "@polyflow/contracts";
import type { ByteStream } from "../source-file.ts";

export interface DbfColumn {
  readonly name: string;
  /** C text, N and F numbers, D date, L logical, I integer, Y currency, B double, T moment, M memo. */
  readonly type: string;
  readonly offset: number;
  readonly length: number;
  /** Digits after the point that integers of type Y and binary types imply. */
  readonly decimals: number;
}

export interface DbfHeader {
  readonly recordCount: number;
  readonly recordBytes: number;
  readonly columns: readonly DbfColumn[];
  /** Label for TextDecoder, from the language driver; undefined when the file does not say. */
  readonly encoding: string | undefined;
  readonly hasMemo: boolean;
}

const DESCRIPTOR_BYTES = 32;
const END_OF_COLUMNS = 0x0d;
const MEMO_VERSIONS: ReadonlySet<number> = new Set([0x83, 0x8b, 0x8e, 0xcb, 0xf5, 0xe5]);
const KNOWN_VERSIONS: ReadonlySet<number> = new Set([0x02, 0x03, 0x04, 0x05, 0x30, 0x31, 0x32, 0x43, 0x63, ...MEMO_VERSIONS]);
/** Visual FoxPro: the flag of a table with memos. */
const MEMO_FLAG = 0x02;

/** Language drivers that are met (there are more, of single vendors). */
const ENCODINGS: ReadonlyMap<number, string> = new Map([
  [0x26, "ibm866"],
  [0x65, "ibm866"],
  [0xc9, "windows-1251"],
  [0x57, "windows-1252"],
  [0x03, "windows-1252"],
  [0x58, "windows-1252"],
  [0xc8, "windows-1250"],
]);

/**
 * Reads the header of a dBASE, Clipper or FoxPro table.
 * @throws PolyflowError `source_unreadable`
 */
export async function readDbfHeader(name: string, bytes: ByteStream): Promise<DbfHeader> {
  const fixed = await readExactly(bytes, DESCRIPTOR_BYTES);
  const version = fixed?.[0];
  if (fixed === undefined || version === undefined || !KNOWN_VERSIONS.has(version)) {
    throw new PolyflowError("source_unreadable", `${name} does not begin like a DBF table. Check \`format\` in the source's YAML.`);
  }
  const headerBytes = fixed.readUInt16LE(8);
  const rest = await readExactly(bytes, headerBytes - DESCRIPTOR_BYTES);
  if (rest === undefined) throw new PolyflowError("source_unreadable", `${name} is cut off within its header. Fetch it again.`);
  const encoding = ENCODINGS.get(fixed[29] ?? 0);
  return {
    recordCount: fixed.readUInt32LE(4),
    recordBytes: fixed.readUInt16LE(10),
    columns: columnsOf(rest, encoding ?? "ibm866"),
    encoding,
    hasMemo: MEMO_VERSIONS.has(version) || ((fixed[28] ?? 0) & MEMO_FLAG) !== 0,
  };
}

function columnsOf(descriptors: Buffer, encoding: string): readonly DbfColumn[] {
  const columns: DbfColumn[] = [];
  const decoder = new TextDecoder(encoding);
  let offset = 1; // the first byte of a record says whether it is deleted
  for (let at = 0; at + DESCRIPTOR_BYTES <= descriptors.length && descriptors[at] !== END_OF_COLUMNS; at += DESCRIPTOR_BYTES) {
    const bytes = descriptors.subarray(at, at + 11);
    const nul = bytes.indexOf(0);
    const name = decoder.decode(nul < 0 ? bytes : bytes.subarray(0, nul)).trim();
    const type = String.fromCharCode(descriptors[at + 11] ?? 0);
    const decimals = descriptors[at + 17] ?? 0;
    // Clipper writes texts longer than 255 with the high byte where decimals stand
    const length = (descriptors[at + 16] ?? 0) + (type === "C" ? decimals * 256 : 0);
    // the hidden column of FoxPro that says which values are NULL
    if (type !== "0") columns.push({ name, type, offset, length, decimals });
    offset += length;
  }
  return columns;
}

/** So many bytes, or undefined when the file ends before. */
async function readExactly(bytes: ByteStream, count: number): Promise<Buffer | undefined> {
  const target = Buffer.alloc(Math.max(0, count));
  for (let filled = 0; filled < count; ) {
    const read = await bytes.read(target, filled);
    if (read === 0) return undefined;
    filled += read;
  }
  return target;
}
