import type { DagSpec } from "@polyflow/contracts";
import type { DagStore, ImportErrorRecord, ParsedFile } from "@polyflow/store";

type FileStore = Pick<DagStore, "publishParsedFile" | "publishParsedFiles" | "removeFile" | "listFiles" | "listImportErrors">;

/** Keeps what is published in memory, by the rules of the port that concern the DAG processor. */
export class MemoryDagStore implements FileStore {
  /** Every call in order, for tests that count work. */
  readonly calls: string[] = [];
  readonly #files = new Map<string, ParsedFile>();
  /** Files with a DAG that another file has. */
  readonly #duplicates = new Set<string>();
  readonly #dags = new Map<string, { readonly spec: DagSpec; readonly file: string; readonly isActive: boolean }>();
  readonly #listeners = new Set<() => void>();
  #failures = 0;

  /** The next calls fail, as when the database does not answer. */
  failNext(times: number): void {
    this.#failures = times;
  }

  get activeDags(): readonly string[] {
    return [...this.#dags]
      .filter(([, { isActive }]) => isActive)
      .map(([dagId]) => dagId)
      .sort();
  }

  spec(dagId: string): DagSpec | undefined {
    return this.#dags.get(dagId)?.spec;
  }

  file(relativePath: string): ParsedFile | undefined {
    return this.#files.get(relativePath);
  }

  /** The import error of a file. */
  error(relativePath: string): Extract<ParsedFile, { kind: "error" }> | undefined {
    const file = this.#files.get(relativePath);
    return file?.kind === "error" ? file : undefined;
  }

  async publishParsedFile(file: ParsedFile): Promise<readonly string[]> {
    this.#record(`publish ${file.relativePath}`);
    this.#files.set(file.relativePath, file);
    if (file.kind === "dags") {
      this.#deactivate(file.relativePath);
      this.#duplicates.delete(file.relativePath);
      for (const spec of file.specs) {
        if (this.#dags.get(spec.dagId)?.isActive === true) this.#duplicates.add(file.relativePath);
        else this.#dags.set(spec.dagId, { spec, file: file.relativePath, isActive: true });
      }
    }
    this.#tell();
    return file.kind === "dags" ? file.specs.map((spec) => spec.dagId) : [];
  }

  async publishParsedFiles(files: readonly ParsedFile[]): Promise<readonly string[]> {
    return (await Promise.all(files.map((file) => this.publishParsedFile(file)))).flat();
  }

  async removeFile(_bundleName: string, relativePath: string): Promise<readonly string[]> {
    this.#record(`remove ${relativePath}`);
    this.#files.delete(relativePath);
    this.#duplicates.delete(relativePath);
    const removed = this.#deactivate(relativePath);
    this.#tell();
    return removed;
  }

  async listFiles(): Promise<readonly string[]> {
    return [...this.#files.keys()];
  }

  async listImportErrors(): Promise<readonly ImportErrorRecord[]> {
    const nothing = { importErrorId: 0, message: "", line: null, column: null, stack: null, at: new Date(0), dagIds: [] };
    return [...this.#duplicates].map((relativePath) => ({
      ...nothing,
      code: "dag_duplicate_id",
      bundleName: this.#files.get(relativePath)?.bundleName ?? "",
      relativePath,
    }));
  }

  /** Files with a DAG that another file has. */
  get duplicates(): readonly string[] {
    return [...this.#duplicates].sort();
  }

  /** The file whose version of the DAG is in force. */
  fileOf(dagId: string): string | undefined {
    return this.#dags.get(dagId)?.file;
  }

  /** Resolves as soon as `check` holds; rejects after `limitMs`, showing what is there. */
  async until(check: (store: this) => boolean, limitMs = 10_000): Promise<void> {
    if (check(this)) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const listener = (): void => {
      if (check(this)) resolve();
    };
    this.#listeners.add(listener);
    const timer = setTimeout(() => reject(new Error(`not within ${limitMs} ms; there is: ${this.#show()}`)), limitMs);
    await promise.finally(() => {
      clearTimeout(timer);
      this.#listeners.delete(listener);
    });
  }

  #deactivate(relativePath: string): readonly string[] {
    const dagIds = [...this.#dags].filter(([, { file, isActive }]) => file === relativePath && isActive).map(([dagId]) => dagId);
    for (const dagId of dagIds) {
      const dag = this.#dags.get(dagId);
      if (dag !== undefined) this.#dags.set(dagId, { ...dag, isActive: false });
    }
    return dagIds;
  }

  #record(call: string): void {
    if (this.#failures > 0) {
      this.#failures -= 1;
      throw new Error("the database does not answer");
    }
    this.calls.push(call);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  #show(): string {
    return [...this.#files]
      .map(([path, file]) => `${path}: ${file.kind === "error" ? file.message : file.specs.map((spec) => spec.dagId).join()}`)
      .join("\n");
  }
}
