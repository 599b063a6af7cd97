import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { TextDecoder } from "node:util";
import { PolyflowError } from "@polyflow/contracts";
import type { SourceEncoding } from "@polyflow/metadata-model";

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
  "windows-1251": { copyName: "WIN1251", label: "windows-1251", isUtf8: false, forbidden: [0x98] },
  cp866: { copyName: "WIN866", label: "ibm866", isUtf8: false, forbidden: [] },
  latin1: { copyName: "LATIN1", label: "latin1", isUtf8: false, forbidden: [] },
};

export function wireEncoding(encoding: SourceEncoding): WireEncoding {
  return WIRE_ENCODINGS[encoding];
}

const UTF16_CHUNK_BYTES = 128 * 1024;

/**
 * The bytes of a source file, hashed as they pass. UTF-16 comes out as UTF-8; byte order marks are left out.
 * With `everythingAsUtf8` the single-byte encodings come out as UTF-8 too, for readers that parse text themselves.
 */
export class ByteSource {
  readonly #file: FileHandle;
  readonly #hash = createHash("sha256");
  readonly #decoder: TextDecoder | undefined;
  readonly #path: string;
  #pending: Buffer = Buffer.alloc(0);
  #bytesRead = 0;
  #isEnded = false;

  private constructor(file: FileHandle, path: string, decoder: TextDecoder | undefined) {
    this.#file = file;
    this.#path = path;
    this.#decoder = decoder;
  }

  /** @throws PolyflowError `source_unreadable` */
  static async open(path: string, encoding: SourceEncoding, options: { readonly everythingAsUtf8: boolean }): Promise<ByteSource> {
    const transcodes = encoding === "utf-16le" || (options.everythingAsUtf8 && encoding !== "utf-8");
    const label = encoding === "utf-16le" ? "utf-16le" : wireEncoding(encoding).label;
    try {
      return new ByteSource(await open(path, "r"), path, transcodes ? new TextDecoder(label) : undefined);
    } catch (error) {
      throw new PolyflowError("source_unreadable", `Cannot open ${path}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }

  /** Bytes of the file read so far. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** Hexadecimal SHA-256 of the file; call it once, at the end. */
  digest(): string {
    return this.#hash.digest("hex");
  }

  /** Fills `target` from `offset`; resolves to the number of bytes written, 0 at the end of the file. */
  async read(target: Buffer, offset: number): Promise<number> {
    return this.#decoder === undefined ? this.#readPlain(target, offset) : this.#readDecoded(this.#decoder, target, offset);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #readPlain(target: Buffer, offset: number): Promise<number> {
    const isStart = this.#bytesRead === 0;
    const count = await this.#fill(target, offset);
    if (!isStart) return count;
    if ((target[offset] === 0xff && target[offset + 1] === 0xfe) || (target[offset] === 0xfe && target[offset + 1] === 0xff)) {
      throw new PolyflowError("source_unreadable", `${this.#path} begins like UTF-16. Write \`encoding: utf-16le\` in the source's YAML.`);
    }
    const hasMark = count >= 3 && target[offset] === 0xef && target[offset + 1] === 0xbb && target[offset + 2] === 0xbf;
    if (!hasMark) return count;
    target.copyWithin(offset, offset + 3, offset + count);
    return count === 3 ? this.#fill(target, offset) : count - 3;
  }

  async #readDecoded(decoder: TextDecoder, target: Buffer, offset: number): Promise<number> {
    while (this.#pending.length === 0 && !this.#isEnded) {
      const raw = Buffer.allocUnsafe(UTF16_CHUNK_BYTES);
      const count = await this.#fill(raw, 0);
      this.#isEnded = count === 0;
      this.#pending = Buffer.from(decoder.decode(raw.subarray(0, count), { stream: !this.#isEnded }), "utf8");
    }
    const count = this.#pending.copy(target, offset);
    this.#pending = this.#pending.subarray(count);
    return count;
  }

  async #fill(target: Buffer, offset: number): Promise<number> {
    const { bytesRead } = await this.#file.read(target, offset, target.length - offset);
    this.#hash.update(target.subarray(offset, offset + bytesRead));
    this.#bytesRead += bytesRead;
    return bytesRead;
  }
}
