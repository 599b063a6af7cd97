import { join } from "node:path";
import type { Clock, Logger } from "@polyflow/service-kit";
import { DAGS_FOLDER, findDagFiles, isDagFile, relativeTo } from "./dag-files.ts";
import { FolderWatch } from "./folder-watch.ts";
import type { Occasion, ProjectFiles } from "./project-files.ts";

export interface ProjectWatchOptions {
  readonly projectDir: string;
  readonly files: ProjectFiles;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settleMs: number;
  /** Asks for a file to be looked at. */
  readonly request: (relativePath: string, occasion: Occasion) => void;
}

/** However long a file goes on changing, it is looked at after so many times `settleMs`. */
const MOST_SETTLE_PERIODS = 20;

/** Notices what changes in a project's folder, and asks for the files concerned to be looked at. */
export class ProjectWatch {
  readonly #options: ProjectWatchOptions;
  readonly #folders: FolderWatch;
  readonly #settling = new Map<string, { readonly sinceMs: number; cancel: () => void }>();
  #dagFolders: readonly string[] = [];
  #isClosed = false;

  constructor(options: ProjectWatchOptions) {
    this.#options = options;
    this.#folders = new FolderWatch((folder, name) => this.#noticed(folder, name), options.logger);
  }

  /** Watches all folders, and asks for all files, or for those that have come or gone. */
  async scan(what: "all" | "difference"): Promise<void> {
    const { projectDir, files, request } = this.#options;
    let found = await findDagFiles(projectDir);
    this.#dagFolders = found.folders;
    // a file made between the look into a new folder and the watch of it would be heard of by nobody
    if (this.watchFolders().length > 0) found = await findDagFiles(projectDir);
    if (this.#isClosed) return;
    const now = new Set(found.files);
    const { known } = files;
    for (const file of new Set([...now, ...known])) {
      if (what === "all" || !now.has(file) || !known.has(file)) request(file, "scan");
    }
  }

  /** Watches the folders that concern files now. @returns those that are new */
  watchFolders(): readonly string[] {
    if (this.#isClosed) return [];
    const { projectDir, files } = this.#options;
    const dagFolders = this.#dagFolders.map((folder) => join(projectDir, folder));
    return this.#folders.update(new Set([projectDir, ...dagFolders, ...files.foldersOfInputs]));
  }

  close(): void {
    this.#isClosed = true;
    this.#folders.close();
    for (const { cancel } of this.#settling.values()) cancel();
    this.#settling.clear();
  }

  #noticed(folder: string, name: string | undefined): void {
    const path = name === undefined ? folder : join(folder, name);
    this.#whenSettled(path, () => {
      const { projectDir, files, request } = this.#options;
      const relativePath = relativeTo(projectDir, path);
      for (const file of files.affectedBy(path)) request(file, "change");
      if (isDagFile(relativePath)) request(relativePath, "change");
      // perhaps a folder came, went or was replaced, or the system does not say what
      else if (name === undefined || relativePath === DAGS_FOLDER || isWithinDags(relativePath)) this.#scanAgain();
    });
  }

  #scanAgain(): void {
    this.scan("difference").catch((error: unknown) =>
      this.#options.logger.warn("a project could not be scanned", { folder: this.#options.projectDir, error }),
    );
  }

  /** Calls `look` when nothing more was noticed at the path for a while. */
  #whenSettled(path: string, look: () => void): void {
    const { clock, settleMs } = this.#options;
    const nowMs = clock.monotonicMs();
    const earlier = this.#settling.get(path);
    earlier?.cancel();
    const sinceMs = earlier?.sinceMs ?? nowMs;
    const delayMs = Math.max(0, Math.min(settleMs, sinceMs + MOST_SETTLE_PERIODS * settleMs - nowMs));
    const cancel = clock.schedule(delayMs, () => {
      this.#settling.delete(path);
      look();
    });
    this.#settling.set(path, { sinceMs, cancel });
  }
}

function isWithinDags(relativePath: string): boolean {
  return relativePath.startsWith(`${DAGS_FOLDER}/`) && !relativePath.split("/").some((part) => part.startsWith("."));
}
