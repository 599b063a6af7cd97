import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { type CompiledChild, compileChild } from "./compiled-child.ts";

/** JavaScript of Polyflow's own TypeScript files, for child processes (see `child/entry.mjs`). Grows as they name what they miss. */
export class CompiledSources {
  readonly #sources: { [url: string]: string } = {};
  readonly #pending = new Set<string>();
  readonly #rootUrl: string;
  #child: Promise<CompiledChild> | undefined;

  /** @param rootUrl URL of the folder that Polyflow is installed in; other files are none of ours */
  constructor(rootUrl: string) {
    this.#rootUrl = rootUrl;
  }

  /** The child half, and of providers what is compiled so far. Compiled when it is first asked for. */
  async forProcess(): Promise<CompiledChild> {
    this.#child ??= compileChild();
    const { mainUrl, files } = await this.#child;
    return { mainUrl, files: { ...this.#sources, ...files } };
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
