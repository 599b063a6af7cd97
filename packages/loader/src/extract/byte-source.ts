import { TextDecoder } from "node:util";
import { PolyflowError } from "@polyflow/contracts";
import type { SourceEncoding } from "@polyflow/metadata-model";
import type { ByteStream } from "./source-file.ts";

/** What the bytes that reach COPY are written in; the server transcodes the single-byte encodings itself. */
export interface WireEncoding {
  /** Name that PostgreSQL uses. */
  readonly copyName: string;
  /** Label that TextDecoder uses. */
  readonly label: string;
  readonly isUtf8: boolean;
  /** Bytes that the encoding leaves undefined. */
  readonly forbidden: readonly number[];
}

const WIRE_ENCODINGS: { readonly [encoding in SourceEncoding]: WireEncoding } = {
  "utf-8": { copyName: "UTF8", label: "utf-8", isUtf8: true, forbidden: [] },
  "utf-16le": { copyName: "UTF8", label: "utf-8", isUtf8: true, forbidden: [] },
  "utf-16be": { copyName: "UTF8", label: "utf-8", isUtf8: true, forbidden: [] },
  "windows-1251": { copyName: "WIN1251", label: "windows-1251", isUtf8: false, forbidden: [0x98] },
  cp866: { copyName: "WIN866", label: "ibm866", isUtf8: false, forbidden: [] },
  "koi8-r": { copyName: "KOI8R", label: "koi8-r", isUtf8: false, forbidden: [] },
  latin1: { copyName: "LATIN1", label: "latin1", isUtf8: false, forbidden: [] },
};

export function wireEncoding(encoding: SourceEncoding): WireEncoding {
  return WIRE_ENCODINGS[encoding];
}

/** Label that TextDecoder uses for the bytes of the file itself. */
export function decoderLabel(encoding: SourceEncoding): string {
  return encoding === "utf-16le" || encoding === "utf-16be" ? encoding : wireEncoding(encoding).label;
}

const UTF16_CHUNK_BYTES = 128 * 1024;

/**
 * The text of a file as bytes. UTF-16 comes out as UTF-8; byte order marks are left out.
 * With `everythingAsUtf8` the single-byte encodings come out as UTF-8 too, for readers that parse text themselves.
 */
export class ByteSource implements ByteStream {
  readonly #bytes: ByteStream;
  readonly #decoder: TextDecoder | undefined;
  readonly #name: string;
  #pending: Buffer = Buffer.alloc(0);
  #isStarted = false;
  #decodedBytes = 0;
  #isEnded = false;

  constructor(
    file: { readonly name: string; readonly bytes: ByteStream },
    encoding: SourceEncoding,
    options: { readonly everythingAsUtf8: boolean },
  ) {
    const label = decoderLabel(encoding);
    const transcodes = label.startsWith("utf-16") || (options.everythingAsUtf8 && encoding !== "utf-8");
    this.#bytes = file.bytes;
    this.#name = file.name;
    this.#decoder = transcodes ? new TextDecoder(label, { fatal: true }) : undefined;
  }

  /** Fills `target` from `offset`; resolves to the number of bytes written, 0 at the end of the file. */
  async read(target: Buffer, offset: number): Promise<number> {
    return this.#decoder === undefined ? this.#readPlain(target, offset) : this.#readDecoded(this.#decoder, target, offset);
  }

  async #readPlain(target: Buffer, offset: number): Promise<number> {
    if (this.#isStarted) return this.#bytes.read(target, offset);
    this.#isStarted = true;
    const count = await this.#firstBytes(target, offset);
    const [first, second, third] = target.subarray(offset, offset + count);
    if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
      const encoding = first === 0xff ? "utf-16le" : "utf-16be";
      throw new PolyflowError(
        "source_unreadable",
        `${this.#name} begins like UTF-16. Write \`encoding: ${encoding}\` in the source's YAML.`,
      );
    }
    if (first !== 0xef || second !== 0xbb || third !== 0xbf) return count;
    target.copyWithin(offset, offset + 3, offset + count);
    return count === 3 ? this.#bytes.read(target, offset) : count - 3;
  }

  #decode(decoder: TextDecoder, bytes: Buffer): string {
    try {
      return decoder.decode(bytes, { stream: !this.#isEnded });
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      const where = this.#isEnded ? "at its end: it is cut off within a character" : `after byte ${this.#decodedBytes}`;
      throw new PolyflowError(
        "source_unreadable",
        `${this.#name} is not ${decoder.encoding} ${where}. Check \`encoding\` in the source's YAML, or fetch it again.`,
        {
          cause: error,
        },
      );
    }
  }

  /** A transport may hand over one byte at a time; a mark needs three. */
  async #firstBytes(target: Buffer, offset: number): Promise<number> {
    let filled = 0;
    while (filled < 3 && offset + filled < target.length) {
      const count = await this.#bytes.read(target, offset + filled);
      if (count === 0) break;
      filled += count;
    }
    return filled;
  }

  async #readDecoded(decoder: TextDecoder, target: Buffer, offset: number): Promise<number> {
    while (this.#pending.length === 0 && !this.#isEnded) {
      const raw = Buffer.allocUnsafe(UTF16_CHUNK_BYTES);
      const count = await this.#bytes.read(raw, 0);
      this.#isEnded = count === 0;
      this.#pending = Buffer.from(this.#decode(decoder, raw.subarray(0, count)), "utf8");
      this.#decodedBytes += count;
    }
    const count = this.#pending.copy(target, offset);
    this.#pending = this.#pending.subarray(count);
    return count;
  }
}
