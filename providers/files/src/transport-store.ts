import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import { isPolyflowError, PolyflowError } from "@polyflow/contracts";
import type { FileEntry } from "@polyflow/sdk";
import { type ClosableFileStore, reasonOf } from "@polyflow/sdk/runtime";
import { fileMask } from "./file-mask.ts";
import { resumingRead } from "./resuming-read.ts";
import { folderOf, isPlainName, nameOf, storePath } from "./store-path.ts";
import type { Transport } from "./transport.ts";

/** Names of files that are being written. */
const PART = /^\..*\.part$/;

/** A file store over a protocol with folders: masks, safe paths, atomic writes and resumed reads are the same for all of them. */
export class TransportStore implements ClosableFileStore {
  readonly #transport: Transport;
  readonly #connectionId: string;

  constructor(transport: Transport, connectionId: string) {
    this.#transport = transport;
    this.#connectionId = connectionId;
  }

  async list(mask: string): Promise<readonly FileEntry[]> {
    const wanted = fileMask(mask);
    const found: FileEntry[] = [];
    const folders = [{ folder: wanted.folder, depth: 1 }];
    for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
      const { folder, depth } = next;
      for (const entry of (await this.#do(`list ${folder}/`, () => this.#transport.listFolder(folder))) ?? []) {
        if (!isPlainName(entry.name)) continue;
        const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
        if (entry.kind === "folder" && depth < wanted.depth) folders.push({ folder: path, depth: depth + 1 });
        if (entry.kind !== "file" || PART.test(entry.name) || !wanted.matches(path)) continue;
        found.push({ path, size: entry.size, modified: entry.modified });
      }
    }
    return found.toSorted((left, right) => (left.path < right.path ? -1 : 1));
  }

  async stat(path: string): Promise<FileEntry | undefined> {
    const safe = storePath(path);
    return this.#do(`look at ${safe}`, () => this.#transport.stat(safe));
  }

  async read(path: string, options: { readonly start?: number; readonly signal?: AbortSignal } = {}): Promise<Readable> {
    const safe = storePath(path);
    const entry = await this.stat(safe);
    if (entry === undefined) throw notFound(safe, this.#place());
    return resumingRead(
      {
        path: safe,
        start: options.start ?? 0,
        signal: options.signal,
        stat: () => this.stat(safe),
        open: (start) => this.#do(`read ${safe}`, () => this.#transport.openRead(safe, start)),
      },
      entry,
    );
  }

  async write(path: string, content: AsyncIterable<Uint8Array>, options: { readonly signal?: AbortSignal } = {}): Promise<FileEntry> {
    const safe = storePath(path);
    const folder = folderOf(safe);
    const part = `${folder === "" ? "" : `${folder}/`}.${nameOf(safe).slice(0, 100)}.${randomUUID().slice(0, 8)}.part`;
    let written = 0;
    async function* counted(): AsyncGenerator<Uint8Array, void> {
      for await (const chunk of content) {
        options.signal?.throwIfAborted();
        written += chunk.length;
        yield chunk;
      }
    }
    return this.#do(`write ${safe}`, async () => {
      if (folder !== "") await this.#transport.makeFolder(folder);
      try {
        await this.#transport.writeNew(part, counted());
        const there = await this.#transport.stat(part);
        if (there?.size !== written) throw new Error(`${written} bytes were sent, ${there?.size ?? "none"} arrived`);
        await this.#transport.rename(part, safe);
        return { path: safe, size: written, modified: there.modified };
      } catch (error) {
        // the failure itself is what matters; what cannot be cleaned away now is hidden by its name
        await this.#transport.remove(part).catch(() => undefined);
        throw error;
      }
    });
  }

  async move(from: string, to: string): Promise<void> {
    const [source, target] = [storePath(from), storePath(to)];
    await this.#do(`move ${source} to ${target}`, async () => {
      if ((await this.#transport.stat(source)) === undefined) throw notFound(source, this.#place());
      const folder = folderOf(target);
      if (folder !== "") await this.#transport.makeFolder(folder);
      await this.#transport.rename(source, target);
    });
  }

  async delete(path: string): Promise<void> {
    const safe = storePath(path);
    await this.#do(`delete ${safe}`, async () => {
      if ((await this.#transport.stat(safe)) !== undefined) await this.#transport.remove(safe);
    });
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  #place(): string {
    return `connection "${this.#connectionId}" (${this.#transport.place})`;
  }

  async #do<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (isPolyflowError(error) || isAbort(error)) throw error;
      throw new PolyflowError("external_system_failed", `Cannot ${what} on ${this.#place()}: ${reasonOf(error)}.`, { cause: error });
    }
  }
}

export function notFound(path: string, place: string): PolyflowError {
  return new PolyflowError("file_not_found", `There is no file ${path} on ${place}. Check the path and the connection's root folder.`);
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === "AbortError" || error.name === "TimeoutError");
}
