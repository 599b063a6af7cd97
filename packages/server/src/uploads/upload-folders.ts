import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

const DAY = /^\d{4}-\d\d-\d\d$/;

/** The uploads of one project on one day (UTC). */
export interface UploadDay {
  readonly path: string;
  /** Its start, in milliseconds since the epoch. */
  readonly startMs: number;
}

/** The days of all projects that have uploads. Links, and folders that are no day's, are left out: they are not ours. */
export async function uploadDays(dir: string): Promise<readonly UploadDay[]> {
  const days: UploadDay[] = [];
  for (const project of await foldersIn(dir)) {
    const uploads = join(dir, project, "uploads");
    for (const name of await foldersIn(uploads)) {
      const startMs = DAY.test(name) ? Date.parse(`${name}T00:00:00Z`) : Number.NaN;
      if (!Number.isNaN(startMs)) days.push({ path: join(uploads, name), startMs });
    }
  }
  return days;
}

/** How many bytes all uploads take, those included that are still being written. */
export async function uploadedBytes(dir: string): Promise<number> {
  let bytes = 0;
  for (const day of await uploadDays(dir)) {
    for (const folder of await foldersIn(day.path)) bytes += await bytesIn(join(day.path, folder));
  }
  return bytes;
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await entriesIn(folder)) {
    if (entry.isFile()) bytes += await sizeOf(join(folder, entry.name));
  }
  return bytes;
}

async function foldersIn(folder: string): Promise<readonly string[]> {
  return (await entriesIn(folder)).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

async function entriesIn(folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}

/** A file or folder may be cleaned up, or renamed, while it is looked at. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
