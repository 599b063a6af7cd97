import { createHash, randomUUID } from "node:crypto";
import type { Hash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { open, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { PolyflowError } from "@polyflow/contracts";
import { fileDigest } from "./file-digest.ts";

/** Bytes that are pulled, one piece after the other. */
export interface ByteStream {
  /** Fills `target` from `offset`; resolves to the number of bytes written, 0 at the end. */
  read(target: Buffer, offset: number): Promise<number>;
}

/**
 * The bytes of one file, wherever it comes from. A format either reads them in order, or asks for `localPath` before the first
 * `read` when it must jump about in them (zip, xlsx, Parquet).
 */
export interface SourceFile extends ByteStream {
  /** Name for people, and for what is told by its ending: `sales_2026.csv.gz`. */
  readonly name: string;
  /** Bytes read so far. */
  readonly bytesRead: number;
  /** A local file with the same bytes; a download is written to a temporary file first. */
  localPath(): Promise<string>;
  /** Hexadecimal SHA-256 of the whole file; call it once, at the end. */
  digest(): Promise<string>;
  /** Closes it, and removes the temporary file if there is one. */
  close(): Promise<void>;
}

/**
 * Opens a file of this machine.
 * @throws PolyflowError `source_unreadable`
 */
export async function openLocalFile(path: string): Promise<SourceFile> {
  try {
    return new LocalFile(await open(path, "r"), path);
  } catch (error) {
    throw new PolyflowError("source_unreadable", `Cannot open ${path}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

class LocalFile implements SourceFile {
  readonly name: string;
  readonly #handle: FileHandle;
  readonly #path: string;
  readonly #hash: Hash = createHash("sha256");
  #bytesRead = 0;
  #isRead = false;

  constructor(handle: FileHandle, path: string) {
    this.#handle = handle;
    this.#path = path;
    this.name = basename(path);
  }

  get bytesRead(): number {
    return this.#bytesRead;
  }

  async read(target: Buffer, offset: number): Promise<number> {
    const { bytesRead } = await this.#handle.read(target, offset, target.length - offset);
    this.#hash.update(target.subarray(offset, offset + bytesRead));
    this.#bytesRead += bytesRead;
    this.#isRead = bytesRead === 0;
    return bytesRead;
  }

  localPath(): Promise<string> {
    return Promise.resolve(this.#path);
  }

  digest(): Promise<string> {
    return this.#isRead ? Promise.resolve(this.#hash.digest("hex")) : fileDigest(this.#path);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/**
 * A file that arrives as a stream: a download, a member of an archive. It is read in order as it comes; a format that must jump
 * about has it written to a temporary file.
 * @example openStreamedFile({ name: "sales.csv.gz", chunks: response.body, tempDir: "/var/tmp" })
 */
export function openStreamedFile(stream: {
  readonly name: string;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** @default the system's folder for temporary files */
  readonly tempDir?: string;
}): SourceFile {
  return new StreamedFile(stream.name, stream.chunks, stream.tempDir ?? tmpdir());
}

class StreamedFile implements SourceFile {
  readonly name: string;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #tempDir: string;
  readonly #hash: Hash = createHash("sha256");
  #pending: Uint8Array = Buffer.alloc(0);
  #isEnded = false;
  #bytesRead = 0;
  #spooled: { readonly path: string; readonly file: SourceFile } | undefined;

  constructor(name: string, chunks: AsyncIterable<Uint8Array>, tempDir: string) {
    this.name = name;
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#tempDir = tempDir;
  }

  get bytesRead(): number {
    return this.#bytesRead;
  }

  async read(target: Buffer, offset: number): Promise<number> {
    if (this.#spooled !== undefined) return this.#spooled.file.read(target, offset);
    if (this.#pending.length === 0) this.#pending = (await this.#next()) ?? Buffer.alloc(0);
    const count = Math.min(this.#pending.length, target.length - offset);
    target.set(this.#pending.subarray(0, count), offset);
    this.#pending = this.#pending.subarray(count);
    return count;
  }

  async localPath(): Promise<string> {
    if (this.#spooled !== undefined) return this.#spooled.path;
    if (this.#bytesRead > 0)
      throw new PolyflowError("internal", `${this.name} has been read in part already; ask for its local path first.`);
    const path = join(this.#tempDir, `polyflow-${randomUUID()}.tmp`);
    try {
      await pipeline(Readable.from(this.#all(), { objectMode: true }), createWriteStream(path, { flags: "wx", mode: 0o600 }));
      this.#spooled = { path, file: await openLocalFile(path) };
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    return path;
  }

  async digest(): Promise<string> {
    const scrap = Buffer.allocUnsafe(64 * 1024);
    while (!this.#isEnded) await this.read(scrap, 0);
    return this.#hash.digest("hex");
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
    if (this.#spooled === undefined) return;
    await this.#spooled.file.close();
    await rm(this.#spooled.path, { force: true });
  }

  /** The next chunk that is not empty; undefined at the end. */
  async #next(): Promise<Uint8Array | undefined> {
    while (!this.#isEnded) {
      const { done, value } = await this.#chunks.next();
      if (done === true) this.#isEnded = true;
      else if (value.length > 0) {
        this.#hash.update(value);
        this.#bytesRead += value.length;
        return value;
      }
    }
    return undefined;
  }

  async *#all(): AsyncGenerator<Uint8Array, void> {
    for (let chunk = await this.#next(); chunk !== undefined; chunk = await this.#next()) yield chunk;
  }
}
