import type { DataReader, DecodedArray, Encoding } from "hyparquet";
import { convert } from "hyparquet/src/convert.js";
import { decompressPage, readDataPage, readDataPageV2 } from "hyparquet/src/datapage.js";
import { readRleBitPackedHybrid } from "hyparquet/src/encoding.js";
import { readPlain } from "hyparquet/src/plain.js";
import type { readPage } from "hyparquet/src/column.js";
import type { ChunkPage } from "./chunk-pages.ts";

/** What the library needs to know of a column. */
export type ColumnDecoder = Parameters<typeof readPage>[2];

/** A cell as text. */
export type CellText = string | null;

/** How a column of plain values is decoded. */
export interface FlatDecoder {
  readonly decoder: ColumnDecoder;
  /** Its bytes are UTF-8 and stand for themselves. */
  readonly isText: boolean;
  readonly write: (value: unknown) => CellText;
}

/** The texts of a page, made piece by piece. */
export interface PageTexts {
  readonly count: number;
  take(count: number): CellText[];
}

/** Values of a dictionary that are turned into texts at once. */
const PIECE = 2000;

/** The distinct values of a column, as texts: each is decoded once however often it occurs. */
export function dictionaryTexts({ header, bytes }: ChunkPage, flat: FlatDecoder): CellText[] {
  const { decoder } = flat;
  const count = header.dictionary_page_header?.num_values ?? 0;
  const page = decompressPage(bytes, header.uncompressed_page_size, decoder.codec, decoder.compressors);
  const next = plainValues(readerOf(page), flat);
  const texts: CellText[] = [];
  while (texts.length < count) texts.push(...next(Math.min(PIECE, count - texts.length)));
  return texts;
}

/** The texts of a data page. What the usual encodings hold is decoded as it is asked for, so a page of a million values takes little more than its bytes. */
export function pageTexts(page: ChunkPage, flat: FlatDecoder, dictionary: readonly CellText[] | undefined): PageTexts {
  const { levels, count, values } = openValues(page, flat, dictionary);
  if (levels === undefined) return { count, take: values };
  let at = 0;
  return {
    count,
    take: (wanted) => {
      const taken = levels.subarray(at, at + wanted);
      at += wanted;
      let present = 0;
      for (const level of taken) present += level;
      const found = values(present);
      if (present === wanted) return found;
      let place = 0;
      return Array.from(taken, (level) => (level === 0 ? null : (found[place++] ?? null)));
    },
  };
}

interface OpenValues {
  readonly count: number;
  /** 1 where there is a value, 0 where there is none; undefined where all are there. */
  readonly levels: Uint8Array | undefined;
  /** The next texts, without the missing ones. */
  readonly values: (count: number) => CellText[];
}

function openValues(page: ChunkPage, flat: FlatDecoder, dictionary: readonly CellText[] | undefined): OpenValues {
  const { header, bytes } = page;
  if (header.data_page_header_v2 !== undefined) return openSecondVersion(page, flat, dictionary);
  const about = header.data_page_header;
  if (about === undefined) throw new Error(`a page is of the kind ${header.type}`);
  const { decoder } = flat;
  const count = about.num_values;
  const unpacked = decompressPage(bytes, header.uncompressed_page_size, decoder.codec, decoder.compressors);
  const reader = readerOf(unpacked);
  const isOptional = decoder.element.repetition_type === "OPTIONAL";
  const levels = isOptional ? readLevels(reader, count, undefined) : undefined;
  const present = countPresent(levels, count);
  const values =
    lazyValues(reader, flat, { encoding: about.encoding, present, dictionary }) ??
    wholeValues(readDataPage(unpacked, about, decoder).dataPage, flat);
  return { count, levels: present === count ? undefined : levels, values };
}

function openSecondVersion({ header, bytes }: ChunkPage, flat: FlatDecoder, dictionary: readonly CellText[] | undefined): OpenValues {
  const about = header.data_page_header_v2;
  if (about === undefined) throw new Error("a page has no header");
  const { decoder } = flat;
  const count = about.num_values;
  const { repetition_levels_byte_length: repeated, definition_levels_byte_length: defined } = about;
  const isOptional = decoder.element.repetition_type === "OPTIONAL";
  const levels = isOptional ? readLevels({ ...readerOf(bytes), offset: repeated }, count, defined) : undefined;
  const present = countPresent(levels, count);
  const before = repeated + defined;
  const packed = bytes.subarray(before);
  const unpacked =
    about.is_compressed === false
      ? packed
      : decompressPage(packed, header.uncompressed_page_size - before, decoder.codec, decoder.compressors);
  const values =
    lazyValues(readerOf(unpacked), flat, { encoding: about.encoding, present, dictionary }) ??
    wholeValues(readDataPageV2(bytes, header, decoder).dataPage, flat);
  return { count, levels: present === count ? undefined : levels, values };
}

function readLevels(reader: DataReader, count: number, length: number | undefined): Uint8Array {
  const levels = new Uint8Array(count);
  readRleBitPackedHybrid(reader, 1, levels, length);
  return levels;
}

function countPresent(levels: Uint8Array | undefined, count: number): number {
  if (levels === undefined) return count;
  let present = 0;
  for (const level of levels) present += level;
  return present;
}

/** Undefined for encodings that are decoded as a whole. */
function lazyValues(
  reader: DataReader,
  flat: FlatDecoder,
  page: { readonly encoding: Encoding; readonly present: number; readonly dictionary: readonly CellText[] | undefined },
): OpenValues["values"] | undefined {
  const { encoding, present, dictionary } = page;
  if (encoding === "PLAIN") {
    if (flat.decoder.type === "BOOLEAN") return wholeValues(readPlain(reader, "BOOLEAN", present, undefined), flat);
    return plainValues(reader, flat);
  }
  if ((encoding !== "RLE_DICTIONARY" && encoding !== "PLAIN_DICTIONARY") || dictionary === undefined) return undefined;
  const width = reader.view.getUint8(reader.offset++);
  const places = new Int32Array(present);
  if (width > 0) readRleBitPackedHybrid(reader, width, places, reader.view.byteLength - reader.offset);
  let at = 0;
  return (count) => {
    const texts: CellText[] = [];
    for (const end = at + count; at < end; at++) texts.push(dictionary[places[at] ?? -1] ?? null);
    return texts;
  };
}

function wholeValues(all: DecodedArray, flat: FlatDecoder): OpenValues["values"] {
  let at = 0;
  return (count) => textsOf(all.slice(at, (at += count)), flat);
}

function plainValues(reader: DataReader, flat: FlatDecoder): OpenValues["values"] {
  const { type, element } = flat.decoder;
  if (type === "BYTE_ARRAY" && flat.isText) return (count) => plainTexts(reader, count);
  return (count) => textsOf(readPlain(reader, type, count, element.type_length), flat);
}

/** Length and letters, one after the other. */
function plainTexts(reader: DataReader, count: number): CellText[] {
  const { view } = reader;
  const bytes = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  const texts: CellText[] = [];
  for (let index = 0; index < count; index++) {
    const start = reader.offset + 4;
    reader.offset = start + bytes.readUInt32LE(reader.offset);
    texts.push(bytes.toString("utf8", start, reader.offset));
  }
  return texts;
}

function textsOf(values: DecodedArray, { decoder, write }: FlatDecoder): CellText[] {
  return Array.from<unknown, CellText>(convert(values, decoder), write);
}

function readerOf(bytes: Uint8Array): DataReader {
  return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
}
