import { assembleNested } from "hyparquet/src/assemble.js";
import { readPage } from "hyparquet/src/column.js";
import { convert } from "hyparquet/src/convert.js";
import type { DecodedArray, ParquetParsers, SchemaTree } from "hyparquet";
import type { ChunkPages } from "./chunk-pages.ts";
import { dictionaryTexts, pageTexts } from "./page-texts.ts";
import type { CellText, ColumnDecoder, FlatDecoder, PageTexts } from "./page-texts.ts";

/** A column of the table within one row group; all columns are read side by side. */
export interface ColumnReader {
  /** How many texts can be taken now, after reading on if there were none; 0 at the end. */
  available(): Promise<number>;
  take(count: number): CellText[];
  /** Lets go of the memory. */
  release(): void;
}

/** A column of plain values. */
export class FlatColumn implements ColumnReader {
  readonly #pages: ChunkPages;
  readonly #flat: FlatDecoder;
  #dictionary: readonly CellText[] | undefined;
  #page: PageTexts | undefined;
  #left = 0;

  constructor(pages: ChunkPages, flat: FlatDecoder) {
    this.#pages = pages;
    this.#flat = flat;
  }

  async available(): Promise<number> {
    while (this.#left === 0) {
      this.#page = undefined;
      const page = await this.#pages.next();
      if (page === undefined) break;
      if (page.header.type === "DICTIONARY_PAGE") {
        this.#dictionary = dictionaryTexts(page, this.#flat);
        continue;
      }
      this.#page = pageTexts(page, this.#flat, this.#dictionary);
      this.#left = this.#page.count;
    }
    return this.#left;
  }

  take(count: number): CellText[] {
    this.#left -= count;
    return this.#page?.take(count) ?? [];
  }

  release(): void {
    this.#page = undefined;
    this.#pages.release();
  }
}

/** One of the columns that a list, a map or a structure consists of. */
export interface Leaf {
  readonly pages: ChunkPages;
  readonly decoder: ColumnDecoder;
}

/** A column of lists, maps or structures, written as JSON. */
export class NestedColumn implements ColumnReader {
  readonly #leaves: readonly LeafRows[];
  readonly #tree: SchemaTree;
  readonly #parsers: ParquetParsers;
  readonly #write: (value: unknown) => CellText;

  constructor(
    leaves: readonly Leaf[],
    about: { readonly tree: SchemaTree; readonly parsers: ParquetParsers; readonly write: (value: unknown) => CellText },
  ) {
    this.#leaves = leaves.map((leaf) => new LeafRows(leaf));
    this.#tree = about.tree;
    this.#parsers = about.parsers;
    this.#write = about.write;
  }

  async available(): Promise<number> {
    let least = Infinity;
    for (const leaf of this.#leaves) least = Math.min(least, await leaf.available());
    return least;
  }

  take(count: number): CellText[] {
    const parts = new Map<string, DecodedArray>(this.#leaves.map((leaf) => [leaf.path, leaf.take(count)]));
    assembleNested(parts, this.#tree, this.#parsers);
    return Array.from<unknown, CellText>(parts.get(this.#tree.path.join(".")) ?? [], this.#write);
  }

  release(): void {
    for (const leaf of this.#leaves) leaf.release();
  }
}

/** The records of one leaf. A page may end within a record, so the last one is complete only when the next page has begun. */
class LeafRows {
  readonly path: string;
  readonly #leaf: Leaf;
  #dictionary: DecodedArray | undefined;
  #rows: unknown[] = [];
  #isEnded = false;

  constructor(leaf: Leaf) {
    this.#leaf = leaf;
    this.path = leaf.decoder.pathInSchema.join(".");
  }

  async available(): Promise<number> {
    while (!this.#isEnded && this.#rows.length < 2) await this.#readPage();
    return this.#isEnded ? this.#rows.length : this.#rows.length - 1;
  }

  take(count: number): unknown[] {
    return this.#rows.splice(0, count);
  }

  release(): void {
    this.#rows = [];
    this.#leaf.pages.release();
  }

  async #readPage(): Promise<void> {
    const { pages, decoder } = this.#leaf;
    const page = await pages.next();
    if (page === undefined) {
      this.#isEnded = true;
      return;
    }
    const { header } = page;
    // binary values stay views of these bytes, and the page's own are overwritten by the next one
    const bytes = Uint8Array.from(page.bytes);
    const reader = { view: new DataView(bytes.buffer), offset: 0 };
    const isDictionary = header.type === "DICTIONARY_PAGE";
    const { data } = readPage(reader, header, decoder, this.#dictionary, isDictionary ? undefined : this.#rows, 0);
    if (data === undefined) return;
    if (isDictionary) this.#dictionary = convert(data, decoder);
    else if (data !== this.#rows) for (const row of data) this.#rows.push(row);
  }
}
