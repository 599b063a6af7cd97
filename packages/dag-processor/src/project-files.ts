import { dirname, join, sep } from "node:path";
import type { Logger } from "@polyflow/service-kit";
import type { DagStore, ParsedFile } from "@polyflow/store";
import type { DagFileReader, ReadFile } from "./dag-file-reader.ts";
import { isAbsence } from "./dag-files.ts";
import { fingerprint, type Looks } from "./fingerprint.ts";
import { InputFolders } from "./input-folders.ts";
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

/** What a look at a file found, before it is read. */
interface FileLook {
  readonly relativePath: string;
  /** What was known of it. */
  readonly state: FileState | undefined;
  readonly isAbsent: boolean;
  readonly inputsFingerprint: string;
  /** Nothing that it was made of has changed. */
  readonly isSame: boolean;
  readonly knownHash: string | undefined;
}

export interface ProjectFilesOptions {
  readonly project: Project;
  readonly reader: DagFileReader;
  readonly store: Pick<DagStore, "publishParsedFile" | "publishParsedFiles" | "removeFile" | "listFiles">;
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
  readonly #folders = new InputFolders();
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
    return this.#folders.all;
  }

  /** Those of the files that something in one of the folders concerns. */
  concernedBy(folders: readonly string[], files: readonly { readonly relativePath: string }[]): readonly string[] {
    if (folders.length === 0) return [];
    const changed = new Set(folders);
    const paths = files.map(({ relativePath }) => relativePath);
    return paths.filter((path) => this.#folders.of(path).some((folder) => changed.has(folder)));
  }

  /**
   * Brings the store in line with one file, if there is anything to do.
   * @throws when the store does not answer or no process can be started: try again later
   */
  async refresh(relativePath: string, occasion: Occasion): Promise<void> {
    const { project, reader } = this.#options;
    const look = await this.#look(relativePath);
    if (look.isAbsent) return this.#remove(relativePath);
    if (look.isSame && occasion === "scan") return;
    this.#readsChanged.delete(relativePath);
    const read = await this.#readUnlessGone(() => reader.read(project, relativePath, look.knownHash));
    if (read === "gone") return this.#remove(relativePath);
    if (read === undefined) return this.#noteSame(relativePath, look);
    const wasKnown = this.#published.has(relativePath);
    await this.#publish(relativePath, read.parsed);
    await this.#noteRead(relativePath, read, { wasKnown, look });
  }

  /**
   * Brings the store in line with many files that a scan found, at once.
   * @returns how many had to be read, and those that have to be refreshed alone
   * @throws as `refresh`
   */
  async refreshMany(relativePaths: readonly string[]): Promise<{ readonly readCount: number; readonly alone: readonly string[] }> {
    const { project, reader } = this.#options;
    const looks: Looks = new Map();
    const seen = await Promise.all(relativePaths.map((path) => this.#look(path, looks)));
    for (const { relativePath } of seen.filter(({ isAbsent }) => isAbsent)) await this.#remove(relativePath);
    const changed = seen.filter(({ isAbsent, isSame }) => !isAbsent && !isSame);
    if (changed.length === 0) return { readCount: 0, alone: [] };
    const found = await this.#readSuspected(changed, () => reader.readMany(project, changed));
    const read: { readonly relativePath: string; readonly read: ReadFile; readonly wasKnown: boolean; readonly look: FileLook }[] = [];
    for (const look of changed) {
      const { relativePath } = look;
      const result = found.get(relativePath);
      if (result === "unchanged") this.#noteSame(relativePath, look);
      else if (result !== undefined) read.push({ relativePath, read: result, wasKnown: this.#published.has(relativePath), look });
    }
    await this.#publishMany(read.map(({ read: { parsed } }) => parsed));
    for (const { relativePath, read: result, wasKnown, look } of read) {
      await this.#noteRead(relativePath, result, { wasKnown, look, looks });
    }
    return { readCount: found.size, alone: changed.flatMap(({ relativePath }) => (found.has(relativePath) ? [] : [relativePath])) };
  }

  /** What is suspected meanwhile stays so, and what could not be read too. */
  async #readSuspected<Found extends ReadonlyMap<string, unknown>>(looks: readonly FileLook[], read: () => Promise<Found>): Promise<Found> {
    const suspected = looks.map(({ relativePath }) => relativePath).filter((path) => this.#readsChanged.delete(path));
    let found: Found | undefined;
    try {
      found = await read();
      return found;
    } finally {
      for (const path of suspected) if (found?.has(path) !== true) this.#readsChanged.add(path);
    }
  }

  async #publishMany(parsed: readonly ParsedFile[]): Promise<void> {
    const { store, project, logger } = this.#options;
    const described = parsed.filter((file) => !isEmpty(file));
    if (described.length > 0) {
      const changed = await store.publishParsedFiles(described);
      for (const file of described) {
        this.#published.add(file.relativePath);
        if (file.kind === "error") this.#warnOf(file);
      }
      logger.debug("DAG files read", { project: project.name, files: described.length, changed: changed.length });
    }
    for (const file of parsed) if (isEmpty(file)) await this.#publish(file.relativePath, file);
  }

  #warnOf({ relativePath, message, line, code }: Extract<ParsedFile, { kind: "error" }>): void {
    this.#options.logger.warn(`DAG file: ${message}`, { project: this.#options.project.name, file: relativePath, line, code });
  }

  async #publish(relativePath: string, parsed: ParsedFile): Promise<void> {
    const { store, logger, project } = this.#options;
    if (isEmpty(parsed)) {
      if (this.#published.has(relativePath)) await this.#removeFromStore(relativePath);
      logger.debug("a file describes no DAG", { project: project.name, file: relativePath });
      return;
    }
    const changed = await store.publishParsedFile(parsed);
    this.#published.add(relativePath);
    if (parsed.kind === "error") return this.#warnOf(parsed);
    const parseDurationMs = Math.round(parsed.parseDurationMs);
    logger.info("DAG file read", { project: project.name, file: relativePath, changed, parseDurationMs });
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
    this.#folders.delete(relativePath);
  }

  async #removeFromStore(relativePath: string): Promise<void> {
    await this.#options.store.removeFile(this.#options.project.name, relativePath);
    this.#published.delete(relativePath);
  }

  #noteSame(relativePath: string, { inputsFingerprint }: FileLook): void {
    const state = this.#states.get(relativePath);
    if (state !== undefined) this.#states.set(relativePath, { ...state, inputsFingerprint });
  }

  async #noteRead(
    relativePath: string,
    read: ReadFile,
    { wasKnown, look, looks }: { readonly wasKnown: boolean; readonly look: FileLook; readonly looks?: Looks },
  ): Promise<void> {
    const now = await this.#stateAfter(read, look.state, looks);
    this.#states.set(relativePath, now);
    this.#folders.set(relativePath, now);
    // Of a file that is read for the first time since the start nobody knows what it described before.
    const hasLeft = look.state === undefined ? wasKnown : look.state.dagIds.some((dagId) => !now.dagIds.includes(dagId));
    if (hasLeft) this.#options.onIdsFreed();
  }

  async #stateAfter({ parsed, inputs, reads, contentHash }: ReadFile, earlier: FileState | undefined, looks?: Looks): Promise<FileState> {
    const isIncomplete = parsed.kind === "error" && parsed.code === "dag_file_syntax";
    const allInputs = isIncomplete ? [...new Set([...inputs, ...(earlier?.inputs ?? [])])] : this.#withoutPackages(inputs);
    return {
      inputs: allInputs,
      reads,
      inputsFingerprint: await fingerprint(allInputs, looks),
      readsFingerprint: await fingerprint(reads, looks),
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

  async #look(relativePath: string, looks?: Looks): Promise<FileLook> {
    const state = this.#states.get(relativePath);
    const own = await fingerprint([join(this.#options.project.dir, relativePath)], looks);
    const inputsFingerprint = await fingerprint(state?.inputs ?? [], looks);
    const readsFingerprint = await fingerprint(state?.reads ?? [], looks);
    const areReadsSame = !this.#readsChanged.has(relativePath) && state?.readsFingerprint === readsFingerprint;
    return {
      relativePath,
      state,
      isAbsent: own === "absent",
      inputsFingerprint,
      isSame: areReadsSame && state.inputsFingerprint === inputsFingerprint && !state.isIncomplete,
      knownHash: areReadsSame ? state.contentHash : undefined,
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

/** It can be read and describes nothing. */
function isEmpty(parsed: ParsedFile): boolean {
  return parsed.kind === "dags" && parsed.specs.length === 0;
}

/** When the first of the timetables ends that a file describes. */
function horizonEnd(parsed: ParsedFile): number | undefined {
  if (parsed.kind !== "dags" || parsed.horizons === undefined) return undefined;
  const ends = Object.values(parsed.horizons).flatMap(({ until }) => (until === null ? [] : [Date.parse(until)]));
  return ends.length === 0 ? undefined : Math.min(...ends);
}
