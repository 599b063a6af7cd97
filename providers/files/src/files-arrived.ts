import { PolyflowError } from "@polyflow/contracts";
import type { FileEntry, PokeResult, TaskContext } from "@polyflow/sdk";
import { type FilePlace, openPlace, shownPlace } from "./open-address.ts";

/** What `fileSensor` waits for. */
export interface FilesArrivedOptions {
  /** A file, or a mask for several. */
  readonly path: FilePlace;
  /** At least so many files. Default 1. */
  readonly count?: number;
  /** Files that were written within so many seconds may not be complete yet and do not count. Default 0. */
  readonly quietSeconds?: number;
  /** Files that are smaller do not count. Default 0. */
  readonly minBytes?: number;
}

/** A file that has arrived. */
export interface ArrivedFile {
  readonly path: string;
  readonly bytes: number;
  /** ISO 8601; null where the server does not say. */
  readonly modified: string | null;
}

/** Asks once whether files have arrived; the value lists them, by path. */
export async function filesArrived(context: TaskContext, options: FilesArrivedOptions): Promise<PokeResult<readonly ArrivedFile[]>> {
  const { path, count = 1, quietSeconds = 0, minBytes = 0 } = options;
  const place = await openPlace(context, path);
  const found = /[*?[]/.test(place.path) ? await place.store.list(place.path) : await single(place.store.stat(place.path));
  const before = context.now().getTime() - quietSeconds * 1000;
  const arrived = found.filter((file) => file.size >= minBytes && (quietSeconds === 0 || isOlder(file, before, path)));
  if (arrived.length < count) return false;
  const value = arrived.map((file) => ({ path: file.path, bytes: file.size, modified: file.modified?.toISOString() ?? null }));
  return { done: true, value };
}

async function single(file: Promise<FileEntry | undefined>): Promise<readonly FileEntry[]> {
  const found = await file;
  return found === undefined ? [] : [found];
}

function isOlder({ modified, path }: FileEntry, before: number, place: FilePlace): boolean {
  if (modified !== undefined) return modified.getTime() <= before;
  throw new PolyflowError(
    "request_invalid",
    `The server of ${shownPlace(place)} does not say when ${path} was written, so \`quietSeconds\` cannot be kept.`,
  );
}
