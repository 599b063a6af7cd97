import type { Dirent, Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { LayoutFileEntry } from "@polyflow/server";

const MOST_FILES = 500;
const MOST_UPLOADS = 50;
/** Kinds of files that a source can be. */
const DATA_FILE = /\.(csv|tsv|txt|jsonl?|ndjson|xml|xlsx|xlsm|xls|parquet|dbf|gz|zip)$/i;

/** Files of the project's `source/` folder, and what was uploaded for it last. Symbolic links are left out. */
export async function layoutFiles(
  projectDir: string,
  uploads: string,
): Promise<{ readonly files: readonly LayoutFileEntry[]; readonly isCut: boolean }> {
  const sources = await filesBelow(join(projectDir, "source"), MOST_FILES + 1);
  const uploaded = (await newestFolders(uploads)).slice(0, MOST_UPLOADS);
  return {
    files: [
      ...sources.slice(0, MOST_FILES).map((file) => ({ ...file, place: "source" as const })),
      ...uploaded.map((file) => ({ ...file, place: "upload" as const })),
    ],
    isCut: sources.length > MOST_FILES,
  };
}

interface Found {
  readonly path: string;
  readonly bytes: number;
}

async function filesBelow(root: string, most: number): Promise<readonly Found[]> {
  const found: Found[] = [];
  const visit = async (folder: string): Promise<void> => {
    for (const entry of await entriesOf(join(root, folder))) {
      if (found.length >= most) return;
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.name.startsWith(".")) continue;
      if (entry.isDirectory()) await visit(path);
      else if (entry.isFile() && DATA_FILE.test(entry.name)) {
        const stats = await statIfThere(join(root, path));
        if (stats !== undefined) found.push({ path, bytes: stats.size });
      }
    }
  };
  await visit("");
  return found;
}

/** Uploads lie in a folder of their day, each in one of its own: the newest day first. */
async function newestFolders(uploads: string): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const day of (await entriesOf(uploads)).filter((entry) => entry.isDirectory()).toReversed()) {
    const files = await filesBelow(join(uploads, day.name), MOST_UPLOADS);
    found.push(...files.map((file) => ({ ...file, path: `${day.name}/${file.path}` })));
    if (found.length >= MOST_UPLOADS) break;
  }
  return found;
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.toSorted((left, right) => (left.name < right.name ? -1 : 1));
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

async function statIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
