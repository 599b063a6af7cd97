import type { Dirent } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";

/** Folder of a project that holds its DAG files. */
export const DAGS_FOLDER = "dags";

const DAG_FILE = /\.m?[jt]s$/;
const NO_DAG_FILE = /(?:\.(?:test|spec)\.m?[jt]s|\.d\.m?ts)$/;

/** What a scan of a project found; paths relative to the project's folder, with `/`. */
export interface FoundFiles {
  readonly files: readonly string[];
  /** All folders that may get DAG files, `dags` included. */
  readonly folders: readonly string[];
}

/** Whether a file of this name, in a folder that is looked into, can describe DAGs. */
export function isDagFileName(name: string): boolean {
  return DAG_FILE.test(name) && !NO_DAG_FILE.test(name) && !name.startsWith(".");
}

/** Whether the path, relative to the project's folder, is that of a DAG file. */
export function isDagFile(relativePath: string): boolean {
  const [first, ...parts] = relativePath.split("/");
  const name = parts.pop();
  return first === DAGS_FOLDER && name !== undefined && isDagFileName(name) && parts.every(isLookedInto);
}

/** Files under `dags/` that can describe DAGs, sorted. A folder that vanishes during the scan counts as empty. */
export async function findDagFiles(projectDir: string): Promise<FoundFiles> {
  const files: string[] = [];
  const folders: string[] = [];
  const visited = new Set<string>();
  const visit = async (folder: string): Promise<void> => {
    const path = join(projectDir, folder);
    const entries = await readFolder(path);
    if (entries === undefined || isVisited(visited, await realpath(path))) return;
    folders.push(folder);
    for (const entry of entries) {
      const inner = `${folder}/${entry.name}`;
      if (await isFolder(projectDir, inner, entry)) await (isLookedInto(entry.name) ? visit(inner) : undefined);
      else if (isDagFileName(entry.name)) files.push(inner);
    }
  };
  await visit(DAGS_FOLDER);
  return { files: files.sort(), folders };
}

/** Path relative to the project's folder, with `/` on every system. */
export function relativeTo(projectDir: string, path: string): string {
  return relative(projectDir, path).replaceAll(sep, "/");
}

/** Whether an error of the file system says that something is not there. */
export function isAbsence(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}

function isLookedInto(folderName: string): boolean {
  return !folderName.startsWith(".") && folderName !== "node_modules";
}

async function readFolder(path: string): Promise<readonly Dirent[] | undefined> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** Symbolic links are followed, as mounted configuration often consists of them. */
async function isFolder(projectDir: string, path: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  try {
    return (await stat(join(projectDir, path))).isDirectory();
  } catch (error) {
    if (isAbsence(error)) return false;
    throw error;
  }
}

/** Keeps links that lead back from being followed for ever. */
function isVisited(visited: Set<string>, path: string): boolean {
  if (visited.has(path)) return true;
  visited.add(path);
  return false;
}
