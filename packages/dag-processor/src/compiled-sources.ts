import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";

/** JavaScript of Polyflow's own TypeScript files, for child processes (see `child/entry.mjs`). Grows as they name what they miss. */
export class CompiledSources {
  readonly #sources: { [url: string]: string } = {};
  readonly #pending = new Set<string>();
  readonly #rootUrl: string;

  /** @param rootUrl URL of the folder that Polyflow is installed in; other files are none of ours */
  constructor(rootUrl: string) {
    this.#rootUrl = rootUrl;
  }

  /** What is compiled so far, by URL of the file. */
  get all(): { readonly [url: string]: string } {
    return this.#sources;
  }

  /** Compiles a file of ours; others are ignored. */
  async add(url: string): Promise<void> {
    if (!url.startsWith(this.#rootUrl) || !url.endsWith(".ts") || url in this.#sources || this.#pending.has(url)) return;
    this.#pending.add(url);
    try {
      const { code } = await transform(await readFile(fileURLToPath(url), "utf8"), { loader: "ts", format: "esm", target: "node22" });
      this.#sources[url] = code;
    } finally {
      this.#pending.delete(url);
    }
  }
}
