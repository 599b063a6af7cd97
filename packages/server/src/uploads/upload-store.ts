import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { PolyflowError } from "@polyflow/contracts";
import type { Clock } from "@polyflow/service-kit";
import { extensionOf, safeName } from "./safe-name.ts";
import { uploadedBytes } from "./upload-folders.ts";

export interface UploadSettings {
  /** Folder of the projects' data; each project has one of its own below it. */
  readonly dir: string;
  /** Largest file, in bytes. */
  readonly maxBytes: number;
  /** Extensions that are taken, with dots, lower case; empty: all. */
  readonly extensions: readonly string[];
  /** How many bytes the uploads of all projects may take together; 0: as many as the disk has. */
  readonly maxTotalBytes: number;
  /** How many whole days an upload is kept after its own; 0: for ever. */
  readonly keepDays: number;
}

export interface StoredUpload {
  /** Absolute path for the task that reads it. */
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
}

/** Keeps files that people give to a run. */
export class UploadStore {
  readonly settings: UploadSettings;
  readonly #clock: Clock;

  constructor(settings: UploadSettings, clock: Clock) {
    this.settings = settings;
    this.#clock = clock;
  }

  /**
   * Writes the file below the project's data folder, under a name of its own, whole or not at all.
   * @throws PolyflowError `upload_refused` for its kind, `upload_too_large`, `uploads_full`
   */
  async store(project: string, given: { readonly name: string; readonly content: Readable }): Promise<StoredUpload> {
    const name = safeName(given.name);
    this.#checkKind(name);
    const freeBytes = await this.#freeBytes();
    if (freeBytes <= 0) throw full(this.settings.maxTotalBytes);
    const day = new Date(this.#clock.now()).toISOString().slice(0, 10);
    const folder = join(this.settings.dir, safeName(project), "uploads", day, randomBytes(6).toString("hex"));
    await mkdir(folder, { recursive: true, mode: 0o750 });
    const path = join(folder, name);
    const part = `${path}.part`;
    try {
      const bytes = await this.#write(part, given.content, freeBytes);
      // others may have been written meanwhile; this one is counted by now
      if ((await this.#freeBytes()) < 0) throw full(this.settings.maxTotalBytes);
      await rename(part, path);
      return { path, name, bytes };
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** The path of a stored file within the project's uploads, with `/`. */
  relativePath(project: string, path: string): string {
    return relative(join(this.settings.dir, safeName(project), "uploads"), path).replaceAll(sep, "/");
  }

  async #freeBytes(): Promise<number> {
    const { dir, maxTotalBytes } = this.settings;
    return maxTotalBytes === 0 ? Number.POSITIVE_INFINITY : maxTotalBytes - (await uploadedBytes(dir));
  }

  async #write(path: string, content: Readable, freeBytes: number): Promise<number> {
    const { maxBytes, maxTotalBytes } = this.settings;
    let bytes = 0;
    const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o640);
    await pipeline(
      content,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          bytes += chunk.length;
          if (bytes > maxBytes) throw tooLarge(maxBytes);
          if (bytes > freeBytes) throw full(maxTotalBytes);
          yield chunk;
        }
      },
      file.createWriteStream(),
    );
    return bytes;
  }

  #checkKind(name: string): void {
    const { extensions } = this.settings;
    if (extensions.length === 0 || extensions.includes(extensionOf(name))) return;
    throw new PolyflowError(
      "upload_refused",
      `Files of the kind of "${name}" are not taken here; taken are ${extensions.join(", ")}. [webserver] upload_extensions lists them.`,
    );
  }
}

function tooLarge(maxBytes: number): PolyflowError {
  const megabytes = Math.floor(maxBytes / 1_000_000);
  return new PolyflowError(
    "upload_too_large",
    `The file is larger than ${megabytes} MB. [webserver] upload_max_mb says how large one may be.`,
  );
}

function full(maxTotalBytes: number): PolyflowError {
  const megabytes = Math.floor(maxTotalBytes / 1_000_000);
  return new PolyflowError(
    "uploads_full",
    `There is no room for the file: all uploads together may take ${megabytes} MB. Ask the administrator to remove old ones or to raise [webserver] upload_total_mb.`,
  );
}
