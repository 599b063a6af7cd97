import { dirname, join, sep } from "node:path";
import type { Logger } from "@polyflow/service-kit";
import type { DagStore, ParsedFile } from "@polyflow/store";
import type { DagFileReader, ReadFile } from "./dag-file-reader.ts";
import { isAbsence } from "./dag-files.ts";
import { fingerprint } from "./fingerprint.ts";
import type { Project } from "./options.ts";

/** What is known of a file since it was read last. */
interface FileState {
  readonly inputs: readonly string[];
  readonly reads: readonly string[];
  readonly inputsFingerprint: string;
  readonly readsFingerprint: string;
  /** Undefined after an error: then every change is a reason to try again. */
  readonly contentHash: string | undefined;
  /** DAGs that it described when it could be read last. */
  readonly dagIds: readonly string[];
  /** When the first of its authors' timetables has to be asked again. */
  readonly horizonUntil: number | undefined;
  /** It could not be compiled, so that what it imports is not fully known. */
  readonly isIncomplete: boolean;
}

export interface ProjectFilesOptions {
  readonly project: Project;
  readonly reader: DagFileReader;
  readonly store: Pick<DagStore, "publishParsedFile" | "removeFile" | "listFiles">;
  readonly logger: Logger;
  /** Ids of DAGs may have become free: a file went, or describes other DAGs than before. */
  readonly onIdsFreed: () => void;
}

/** Why a file is looked at: a hint that it changed, or the regular scan. */
export type Occasion = "change" | "scan";

/** The DAG files of one project as the store knows them, and what they were made of. */
export class ProjectFiles {
  readonly #options: ProjectFilesOptions;
  readonly #states = new Map<string, FileState>();
  /** Files to evaluate even if they compile to the same, since what they look at has changed. */
  readonly #readsChanged = new Set<string>();
  /** Files that the store knows. */
  readonly #published = new Set<string>();

  constructor(options: ProjectFilesOptions) {
    this.#options = options;
  }

  /** Reads from the store which files were known when the processor last ran. */
  async load(): Promise<void> {
    for (const file of await this.#options.store.listFiles(this.#options.project.name)) this.#published.add(file);
  }

  /** All files that are known here or to the store. */
  get known(): ReadonlySet<string> {
    return new Set([...this.#states.keys(), ...this.#published]);
  }

  /** Notes that something changed at `path`. @returns the files that have to be read again */
  affectedBy(path: string): readonly string[] {
    const folder = dirname(path);
    const affected: string[] = [];
    for (const [relativePath, { inputs, reads, isIncomplete }] of this.#states) {
      const isRead = reads.includes(path) || reads.includes(folder);
      if (isRead) this.#readsChanged.add(relativePath);
      if (isRead || isIncomplete || inputs.includes(path)) affected.push(relativePath);
    }
    return affected;
  }

  /** Notes that changes of what the file looks at may have been missed. */
  suspectReads(relativePath: string): void {
    if ((this.#states.get(relativePath)?.reads.length ?? 0) > 0) this.#readsChanged.add(relativePath);
  }

  /** Has the file evaluated at its next refresh, though nothing of it may have changed. */
  readAgain(relativePath: string): void {
    this.#readsChanged.add(relativePath);
  }

  /** Until when the file's timetables have said what they want (ms since the epoch); undefined when it has none of its own. */
  horizonOf(relativePath: string): number | undefined {
    return this.#states.get(relativePath)?.horizonUntil;
  }

  /** Folders outside of `dags/` as well, whose changes concern a file. Packages are not among them: their changes show in the lock file. */
  get foldersOfInputs(): ReadonlySet<string> {
    const folders = new Set<string>();
    for (const { inputs, reads } of this.#states.values()) {
      for (const path of inputs) folders.add(dirname(path));
      for (const path of reads) folders.add(dirname(path)).add(path);
    }
    return new Set([...folders].filter((folder) => !folder.split(sep).includes("node_modules")));
  }

  /**
   * Brings the store in line with one file, if there is anything to do.
   * @throws when the store does not answer or no process can be started: try again later
   */
  async refresh(relativePath: string, occasion: Occasion): Promise<void> {
    const { project, reader } = this.#options;
    const path = join(project.dir, relativePath);
    const state = this.#states.get(relativePath);
    const before = await this.#fingerprints(path, state);
    if (before.own === "absent") return this.#remove(relativePath);
    const areReadsSame = !this.#readsChanged.delete(relativePath) && state?.readsFingerprint === before.reads;
    const isSame = areReadsSame && state.inputsFingerprint === before.inputs && !state.isIncomplete;
    if (isSame && occasion === "scan") return;
    const read = await this.#readUnlessGone(() => reader.read(project, relativePath, areReadsSame ? state?.contentHash : undefined));
    if (read === "gone") return this.#remove(relativePath);
    if (read === undefined) {
      if (state !== undefined) this.#states.set(relativePath, { ...state, inputsFingerprint: before.inputs });
      return;
    }
    const wasKnown = this.#published.has(relativePath);
    await this.#publish(relativePath, read.parsed);
    const now = await this.#stateAfter(read, state);
    this.#states.set(relativePath, now);
    // Of a file that is read for the first time since the start nobody knows what it described before.
    const hasLeft = state === undefined ? wasKnown : state.dagIds.some((dagId) => !now.dagIds.includes(dagId));
    if (hasLeft) this.#options.onIdsFreed();
  }

  async #publish(relativePath: string, parsed: ParsedFile): Promise<void> {
    const { store, logger, project } = this.#options;
    if (parsed.kind === "dags" && parsed.specs.length === 0) {
      if (this.#published.has(relativePath)) await this.#removeFromStore(relativePath);
      logger.debug("a file describes no DAG", { project: project.name, file: relativePath });
      return;
    }
    const changed = await store.publishParsedFile(parsed);
    this.#published.add(relativePath);
    const facts = { project: project.name, file: relativePath };
    if (parsed.kind === "error") logger.warn(`DAG file: ${parsed.message}`, { ...facts, line: parsed.line, code: parsed.code });
    else logger.info("DAG file read", { ...facts, changed, parseDurationMs: Math.round(parsed.parseDurationMs) });
  }

  async #remove(relativePath: string): Promise<void> {
    const { project, logger } = this.#options;
    if ((await fingerprint([project.dir])) === "absent") {
      logger.warn("the project's folder is gone; its DAGs stay as they are", { project: project.name, folder: project.dir });
      return;
    }
    if (this.#published.has(relativePath)) {
      await this.#removeFromStore(relativePath);
      this.#options.onIdsFreed();
      logger.info("DAG file removed", { project: project.name, file: relativePath });
    }
    this.#states.delete(relativePath);
  }

  async #removeFromStore(relativePath: string): Promise<void> {
    await this.#options.store.removeFile(this.#options.project.name, relativePath);
    this.#published.delete(relativePath);
  }

  async #stateAfter({ parsed, inputs, reads, contentHash }: ReadFile, earlier: FileState | undefined): Promise<FileState> {
    const isIncomplete = parsed.kind === "error" && parsed.code === "dag_file_syntax";
    const allInputs = isIncomplete ? [...new Set([...inputs, ...(earlier?.inputs ?? [])])] : this.#withoutPackages(inputs);
    return {
      inputs: allInputs,
      reads,
      inputsFingerprint: await fingerprint(allInputs),
      readsFingerprint: await fingerprint(reads),
      contentHash: parsed.kind === "dags" || isIncomplete ? contentHash : undefined,
      horizonUntil: horizonEnd(parsed),
      dagIds: parsed.kind === "dags" ? parsed.specs.map((spec) => spec.dagId) : (earlier?.dagIds ?? []),
      isIncomplete,
    };
  }

  /** Files of packages are many and change together: the lock files stand for them. */
  #withoutPackages(inputs: readonly string[]): readonly string[] {
    const { dir } = this.#options.project;
    const settings = ["package.json", "tsconfig.json", "node_modules/.package-lock.json"].map((file) => join(dir, file));
    return [...inputs.filter((input) => !input.split(sep).includes("node_modules")), ...settings];
  }

  async #fingerprints(path: string, state: FileState | undefined): Promise<{ own: string; inputs: string; reads: string }> {
    return {
      own: await fingerprint([path]),
      inputs: await fingerprint(state?.inputs ?? []),
      reads: await fingerprint(state?.reads ?? []),
    };
  }

  async #readUnlessGone(read: () => Promise<ReadFile | undefined>): Promise<ReadFile | "gone" | undefined> {
    try {
      return await read();
    } catch (error) {
      if (isAbsence(error)) return "gone";
      throw error;
    }
  }
}

/** When the first of the timetables ends that a file describes. */
function horizonEnd(parsed: ParsedFile): number | undefined {
  if (parsed.kind !== "dags" || parsed.horizons === undefined) return undefined;
  const ends = Object.values(parsed.horizons).flatMap(({ until }) => (until === null ? [] : [Date.parse(until)]));
  return ends.length === 0 ? undefined : Math.min(...ends);
}
