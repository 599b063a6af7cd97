import { dirname, sep } from "node:path";

/** Counts which folders hold what files are made of: there are thousands of files, and few folders. */
export class InputFolders {
  readonly #counts = new Map<string, number>();
  readonly #ofFile = new Map<string, readonly string[]>();

  /** All folders; those of packages are not among them. */
  get all(): ReadonlySet<string> {
    return new Set(this.#counts.keys());
  }

  of(file: string): readonly string[] {
    return this.#ofFile.get(file) ?? [];
  }

  set(file: string, { inputs, reads }: { readonly inputs: readonly string[]; readonly reads: readonly string[] }): void {
    this.delete(file);
    const folders = new Set([...inputs.map((path) => dirname(path)), ...reads.flatMap((path) => [dirname(path), path])]);
    const own = [...folders].filter((folder) => !folder.split(sep).includes("node_modules"));
    this.#ofFile.set(file, own);
    for (const folder of own) this.#counts.set(folder, (this.#counts.get(folder) ?? 0) + 1);
  }

  delete(file: string): void {
    for (const folder of this.of(file)) {
      const count = (this.#counts.get(folder) ?? 0) - 1;
      if (count > 0) this.#counts.set(folder, count);
      else this.#counts.delete(folder);
    }
    this.#ofFile.delete(file);
  }
}
