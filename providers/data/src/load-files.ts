import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { checkScheme, parseFileAddress, PolyflowError } from "@polyflow/contracts";
import { isFaultOfFile } from "@polyflow/loader";
import type { DropFolder, SourceDefinition } from "@polyflow/metadata-model";
import type { FileEntry, FileStore, TaskContext } from "@polyflow/sdk";

/** Loads one file; rejects when the load fails. */
export type LoadFile = (file: { readonly path: string }) => Promise<void>;

/** What became of the files of a source. */
export interface LoadedFiles {
  readonly loaded: readonly string[];
  /** Files that wait for their writer to finish. */
  readonly waiting: readonly string[];
}

/**
 * Loads the file of a source on a server, or each file of its drop folder there: downloaded, loaded, and moved away. A file that
 * fails goes to the folder for failures; the others are loaded all the same, and then the task fails.
 * @throws PolyflowError of the first load that failed; `file_not_found`
 */
export async function loadRemoteFiles(context: TaskContext, source: SourceDefinition, load: LoadFile): Promise<LoadedFiles> {
  const address = parseFileAddress(source.path);
  const connectionId = address.connection ?? "";
  const connection = await context.connection(connectionId);
  checkScheme(address, connection.type);
  const store = await context.files(connection);
  if (source.dropFolder === undefined) {
    await withDownload(context, { store, path: address.path }, load);
    return { loaded: [address.path], waiting: [] };
  }
  const found = await store.list(address.path);
  const { ready, waiting } = await settledFiles(found, source.dropFolder);
  const failures: unknown[] = [];
  for (const file of ready) {
    context.signal.throwIfAborted();
    const failure = await withDownload(context, { store, path: file.path }, load).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    context.signal.throwIfAborted();
    // what is not the file's fault may pass: the file stays for the next run
    if (failure !== undefined && !isFaultOfFile(failure.error)) throw failure.error;
    if (failure !== undefined) failures.push(failure.error);
    await moveAway(context, store, { file, folder: folderOf(source.dropFolder, failure === undefined) });
  }
  if (waiting.length > 0) context.log.info(`${waiting.length} files may still be written and wait for the next run: ${names(waiting)}`);
  if (failures.length > 0) throw failures[0];
  return { loaded: ready.map(({ path }) => path), waiting: waiting.map(({ path }) => path) };
}

async function withDownload(
  context: TaskContext,
  { store, path }: { readonly store: FileStore; readonly path: string },
  load: LoadFile,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "polyflow-load-"));
  try {
    // the name stays: formats and archives are told by it, and people look for it
    const local = join(folder, basename(path));
    await mkdir(folder, { recursive: true });
    const startedMs = performance.now();
    await pipeline(await store.read(path, { signal: context.signal }), createWriteStream(local));
    context.log.info(`Downloaded ${path} in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
    await load({ path: local });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Those that have not changed for the time that the source says, in its order. */
export async function settledFiles(
  found: readonly FileEntry[],
  { stableSeconds, order }: DropFolder,
): Promise<{ readonly ready: readonly FileEntry[]; readonly waiting: readonly FileEntry[] }> {
  const before = Date.now() - stableSeconds * 1000;
  const isSettled = ({ modified, path }: FileEntry): boolean => {
    if (modified !== undefined) return modified.getTime() <= before;
    if (stableSeconds === 0) return true;
    throw new PolyflowError(
      "source_unreadable",
      `The server does not say when ${path} was written; write \`stableSeconds: 0\` in the source's dropFolder.`,
    );
  };
  const sorted = found.toSorted((left, right) =>
    order === "modified" ? (left.modified?.getTime() ?? 0) - (right.modified?.getTime() ?? 0) : left.path < right.path ? -1 : 1,
  );
  return { ready: sorted.filter(isSettled), waiting: sorted.filter((file) => !isSettled(file)) };
}

async function moveAway(
  context: TaskContext,
  store: FileStore,
  { file, folder }: { readonly file: FileEntry; readonly folder: string },
): Promise<void> {
  const target = `${folder}${basename(file.path)}`;
  // an earlier file of this name stays; the new one says when it came
  const isTaken = (await store.stat(target)) !== undefined;
  const stamp = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const place = isTaken ? `${folder}${stamp}_${basename(file.path)}` : target;
  await store.move(file.path, place);
  context.log.info(`Moved ${file.path} to ${place}`);
}

/** A folder of the source is written as its path is: with or without the address of the connection. */
function folderOf(dropFolder: DropFolder, isLoaded: boolean): string {
  const folder = isLoaded ? dropFolder.archive : dropFolder.failed;
  return parseFileAddress(folder).path;
}

function names(files: readonly FileEntry[]): string {
  return files
    .slice(0, 5)
    .map(({ path }) => path)
    .join(", ");
}
