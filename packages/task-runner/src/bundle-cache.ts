import { PolyflowError } from "@polyflow/contracts";
import { createHash } from "node:crypto";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";

/** SHA-256 in hexadecimal; anything else must not become part of a path. */
const HASH = /^[0-9a-f]{64}$/;

/** Bundles on disk, named by the SHA-256 of their content; each is checked once per process before authors' code runs from it. */
export class BundleCache {
  readonly #directory: string;
  readonly #download: (hash: string) => Promise<Buffer>;
  readonly #verified = new Map<string, Promise<string>>();

  constructor(cacheDir: string, download: (hash: string) => Promise<Buffer>) {
    this.#directory = join(cacheDir, "bundles");
    this.#download = download;
  }

  /**
   * The path of the bundle's module, fetched first if need be.
   * @throws PolyflowError `internal` when what the server sends does not have the hash
   */
  get(hash: string): Promise<string> {
    let path = this.#verified.get(hash);
    if (path === undefined) {
      path = this.#provide(hash);
      this.#verified.set(hash, path);
      path.catch(() => this.#verified.delete(hash));
    }
    return path;
  }

  async #provide(hash: string): Promise<string> {
    if (!HASH.test(hash)) throw new PolyflowError("internal", `"${hash}" is no bundle hash (SHA-256 in hexadecimal).`);
    const path = join(this.#directory, `${hash}.mjs`);
    const kept = await readIfThere(path);
    if (kept !== undefined && sha256(kept) === hash) return path;
    const code = await this.#download(hash);
    const actual = sha256(code);
    if (actual !== hash) {
      throw new PolyflowError(
        "internal",
        `The server sent a bundle with the hash ${actual} for ${hash}; it was not run. Save the DAG file again, so that it is bundled anew.`,
      );
    }
    await this.#write(path, code);
    return path;
  }

  async #write(path: string, code: Buffer): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const temporary = `${path}.${process.pid}.part`;
    const file = await open(temporary, "w", 0o600);
    try {
      await file.writeFile(code);
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  }
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function sha256(code: Buffer): string {
  return createHash("sha256").update(code).digest("hex");
}
