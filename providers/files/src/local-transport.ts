import { createReadStream } from "node:fs";
import { mkdir, open, readdir, realpath, rename, rm, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import type { Readable } from "node:stream";
import { PolyflowError } from "@polyflow/contracts";
import type { FileEntry } from "@polyflow/sdk";
import { folderOf } from "./store-path.ts";
import type { FolderEntry, Transport } from "./transport.ts";

/** A folder of this machine. Links that lead out of it are not followed. */
export class LocalTransport implements Transport {
  readonly place: string;
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
    this.place = `folder ${root}`;
  }

  async listFolder(folder: string): Promise<readonly FolderEntry[] | undefined> {
    const path = await this.#inside(folder);
    if (path === undefined) return undefined;
    const listed = await ifThere(readdir(path, { withFileTypes: true }));
    if (listed === undefined) return undefined;
    const entries = await Promise.all(
      listed.map(async (entry): Promise<FolderEntry | undefined> => {
        const { name } = entry;
        const inside = entry.isSymbolicLink() ? await this.#inside(folder === "" ? name : `${folder}/${name}`) : join(path, name);
        const found = inside === undefined ? undefined : await ifThere(stat(inside));
        if (found === undefined) return undefined;
        const kind = found.isDirectory() ? "folder" : found.isFile() ? "file" : "other";
        return { name, kind, size: found.size, modified: found.mtime };
      }),
    );
    return entries.filter((entry) => entry !== undefined);
  }

  async stat(path: string): Promise<FileEntry | undefined> {
    const inside = await this.#inside(path);
    const found = inside === undefined ? undefined : await ifThere(stat(inside));
    return found?.isFile() === true ? { path, size: found.size, modified: found.mtime } : undefined;
  }

  async openRead(path: string, start: number): Promise<Readable> {
    return createReadStream((await this.#inside(path)) ?? join(this.#root, path), { start, highWaterMark: 1 << 20 });
  }

  /** Synced before it gets its name, so that a file which is there is there whole, also after the power was cut. */
  async writeNew(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    await this.#inside(folderOf(path));
    const file = await open(join(this.#root, path), "wx");
    try {
      for await (const chunk of content) await file.writeFile(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#inside(folderOf(to));
    await rename(join(this.#root, from), join(this.#root, to));
  }

  async remove(path: string): Promise<void> {
    await this.#inside(folderOf(path));
    await rm(join(this.#root, path), { force: true });
  }

  async makeFolder(folder: string): Promise<void> {
    await this.#inside(folder);
    await mkdir(join(this.#root, folder), { recursive: true });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /**
   * Where a path really is; undefined when it is not there.
   * @throws PolyflowError `request_invalid` when a link on the way leads out of the root
   */
  async #inside(path: string): Promise<string | undefined> {
    const root = (await ifThere(realpath(this.#root))) ?? this.#root;
    const steps = path === "" ? [] : path.split("/");
    let real: string | undefined = root;
    // a file that is yet to be written has folders that are there already
    for (let count = 1; count <= steps.length && real !== undefined; count++) {
      real = await ifThere(realpath(join(this.#root, ...steps.slice(0, count))));
      if (real !== undefined && real !== root && !real.startsWith(root.endsWith(sep) ? root : root + sep)) {
        throw new PolyflowError("request_invalid", `The path ${path} leads out of ${this.#root} by a link. Put the file itself there.`);
      }
    }
    return real;
  }
}

async function ifThere<Result>(result: Promise<Result>): Promise<Result | undefined> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return undefined;
    throw error;
  }
}
