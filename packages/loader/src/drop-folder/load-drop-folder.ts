import { readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isPolyflowError, PolyflowError } from "@polyflow/contracts";
import type { DropFolder, SourceDefinition } from "@polyflow/metadata-model";
import { fileMask } from "../extract/container/file-mask.ts";
import type { LoadLog } from "../load-request.ts";
import { moveIntoFolder } from "./move-into-folder.ts";

export interface DropFolderRun {
  readonly projectDir: string;
  readonly source: SourceDefinition;
  readonly log: LoadLog;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly signal?: AbortSignal;
  /** Loads one file, by its absolute path; rejects when the load fails. */
  readonly load: (path: string) => Promise<void>;
}

/** What became of the files, by name. */
export interface DropFolderResult {
  readonly loaded: readonly string[];
  readonly failed: readonly string[];
  /** Files that may still be written: they wait for the next run. */
  readonly waiting: readonly string[];
}

/** A file that waits in a drop folder. */
export interface DroppedFile {
  readonly name: string;
  readonly path: string;
  readonly size: number;
  readonly modifiedMs: number;
}

/**
 * Loads every file of a drop folder that its mask matches and that nobody writes any more, one after the other, each a load of its own; moves
 * it to the archive, or with its error beside it to the folder for failures. A file whose load is committed but that was not moved (a crash)
 * is known by the ledger: the next run loads nothing of it and moves it.
 * @returns what became of them, also when some failed; the first failure is rethrown once all have had their turn
 * @throws the failure at once when it is not the file's fault (a database that does not answer): the files stay where they are
 */
export async function loadDropFolder(run: DropFolderRun): Promise<DropFolderResult> {
  const { source, log, signal } = run;
  const place = source.dropFolder;
  if (place === undefined) throw new PolyflowError("internal", `The source "${source.name}" has no drop folder.`);
  const { ready, waiting } = await settledFiles(run, place);
  const loaded: string[] = [];
  const failures: { readonly name: string; readonly error: unknown }[] = [];
  for (const file of ready) {
    signal?.throwIfAborted();
    const failure = await attempt(run, file);
    if (failure !== undefined) failures.push({ name: file.name, error: failure });
    else if (await isSame(file)) loaded.push(file.name);
    else {
      log.warning(
        `${file.name} has changed while it was loaded; it stays for the next run. Raise \`stableSeconds\` in the source's dropFolder if its writer is slow.`,
      );
      continue;
    }
    await putAway(run, file, { folder: failure === undefined ? place.archive : place.failed, failure });
  }
  if (waiting.length > 0)
    log.info(`${waiting.length} files may still be written and wait for the next run: ${waiting.slice(0, 5).join(", ")}`);
  if (ready.length === 0) log.info(`No file of "${source.path}" is ready.`);
  const [first] = failures;
  if (first === undefined) return { loaded, failed: [], waiting };
  if (loaded.length > 0 || failures.length > 1)
    log.warning(`${loaded.length} files were loaded, ${failures.length} failed: ${failures.map(({ name }) => name).join(", ")}`);
  throw first.error;
}

/** Data errors that PostgreSQL finds: values (22) and constraints (23). */
const DATA_ERRORS = /^2[23]/;

/** True when another attempt with the same file would fail in the same way, whatever the systems around it do. */
export function isFaultOfFile(error: unknown): boolean {
  if (!isPolyflowError(error)) return false;
  const sqlState = error.details["sqlState"];
  return error.fault === "user" || (typeof sqlState === "string" && DATA_ERRORS.test(sqlState));
}

async function attempt(run: DropFolderRun, file: DroppedFile): Promise<unknown> {
  try {
    await run.load(file.path);
    return undefined;
  } catch (error) {
    if (!isFaultOfFile(error) || run.signal?.aborted === true) throw error;
    return error;
  }
}

/** Files that fit the mask, in the order of the source, divided by whether they rest. */
async function settledFiles(
  run: DropFolderRun,
  place: DropFolder,
): Promise<{ readonly ready: readonly DroppedFile[]; readonly waiting: readonly string[] }> {
  const found = await listDropFolder(run.projectDir, run.source);
  const restsSince = run.now() - place.stableSeconds * 1000;
  return {
    ready: found.filter((file) => file.modifiedMs <= restsSince),
    waiting: found.filter((file) => file.modifiedMs > restsSince).map((file) => file.name),
  };
}

/**
 * The files of a drop folder that its mask matches, in the order in which they would be loaded.
 * @throws PolyflowError `source_unreadable` when there is no such folder
 */
export async function listDropFolder(projectDir: string, source: SourceDefinition): Promise<readonly DroppedFile[]> {
  const { path } = source;
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const mask = fileMask(path.slice(folder.length));
  const found: DroppedFile[] = [];
  for (const name of await namesIn(join(projectDir, "source", folder), source)) {
    if (!mask.test(name)) continue;
    const filePath = join(projectDir, "source", folder, name);
    const info = await stat(filePath).catch(() => undefined); // gone already: another run has taken it
    if (info?.isFile() === true) found.push({ name, path: filePath, size: info.size, modifiedMs: info.mtimeMs });
  }
  const byName = (left: DroppedFile, right: DroppedFile): number => (left.name < right.name ? -1 : 1);
  const isByTime = source.dropFolder?.order === "modified";
  return found.toSorted((left, right) => (isByTime ? left.modifiedMs - right.modifiedMs || byName(left, right) : byName(left, right)));
}

async function namesIn(folder: string, source: SourceDefinition): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    throw new PolyflowError(
      "source_unreadable",
      `The drop folder of source "${source.name}" cannot be read: ${error instanceof Error ? error.message : String(error)}. Create ${folder}, or correct \`path\`.`,
      {
        cause: error,
      },
    );
  }
}

async function isSame(file: DroppedFile): Promise<boolean> {
  const now = await stat(file.path).catch(() => undefined);
  return now === undefined || (now.size === file.size && now.mtimeMs === file.modifiedMs);
}

async function putAway(run: DropFolderRun, file: DroppedFile, to: { readonly folder: string; readonly failure: unknown }): Promise<void> {
  const { log, now, projectDir } = run;
  const moved = await moveIntoFolder(file.path, { folder: join(projectDir, "source", to.folder), nowMs: now() });
  if (moved === undefined) {
    log.info(`${file.name} has been moved away by another run.`);
    return;
  }
  if (to.failure === undefined) log.info(`Moved ${file.name} to ${to.folder}`);
  else {
    const reason = to.failure instanceof Error ? to.failure.message : "unknown";
    await writeFile(`${moved}.error.txt`, `${reason}\n`);
    log.warning(`${file.name} failed and was moved to ${to.folder}; the reason stands beside it: ${reason}`);
  }
}
