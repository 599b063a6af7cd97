import { type FSWatcher, statSync, watch } from "node:fs";
import type { Logger } from "@polyflow/service-kit";
import { isAbsence } from "./dag-files.ts";

/** Hears of changes in folders, each for itself and not in those below. `name` is undefined where the system does not tell it. */
export class FolderWatch {
  readonly #watchers = new Map<string, { readonly watcher: FSWatcher; readonly inode: number }>();
  readonly #onChange: (folder: string, name: string | undefined) => void;
  readonly #logger: Logger;
  #hasWarned = false;

  constructor(onChange: (folder: string, name: string | undefined) => void, logger: Logger) {
    this.#onChange = onChange;
    this.#logger = logger;
  }

  /** Watches exactly these folders. @returns those that were not watched before: what changed in them meanwhile was not heard */
  update(folders: ReadonlySet<string>): readonly string[] {
    for (const [folder, { watcher, inode }] of this.#watchers) {
      if (folders.has(folder) && inodeOf(folder) === inode) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    return [...folders].filter((folder) => !this.#watchers.has(folder) && this.#watch(folder));
  }

  close(): void {
    for (const { watcher } of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #watch(folder: string): boolean {
    const inode = inodeOf(folder);
    if (inode === undefined) return false;
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => this.#onChange(folder, name ?? undefined));
      watcher.on("error", (error) => this.#warn(folder, error));
      this.#watchers.set(folder, { watcher, inode });
      return true;
    } catch (error) {
      if (!isAbsence(error)) this.#warn(folder, error);
      return false;
    }
  }

  /** Not fatal: the regular scan finds what is not heard, later. The usual reason is the system's limit of watches. */
  #warn(folder: string, error: unknown): void {
    if (!this.#hasWarned) this.#logger.warn("a folder cannot be watched; its changes are found by the regular scan", { folder, error });
    this.#hasWarned = true;
  }
}

function inodeOf(folder: string): number | undefined {
  return statSync(folder, { throwIfNoEntry: false })?.ino;
}
