import type { Stats } from "node:fs";
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { PolyflowError } from "@polyflow/contracts";

/** Folders that belong to tools, not to authors. */
const CLOSED_FOLDERS = new Set([".git", "node_modules", ".polyflow", "__pycache__", "cache"]);
const LONGEST_PATH = 500;

/** Whether the editor looks into a folder, or at a file, of this name. */
export function isShown(name: string): boolean {
  return !CLOSED_FOLDERS.has(name) && !name.startsWith(".check-") && !name.endsWith(".part-save");
}

/**
 * The absolute path of a file of a project. It never leaves the project, names no folder of tools, and no part of it is a symbolic link.
 * The last part may be missing.
 * @param path relative to the project's folder, with `/`
 * @throws PolyflowError `code_path_invalid`
 */
export async function projectPath(projectDir: string, path: string): Promise<string> {
  const parts = path.split("/");
  const isPlain = parts.every((part) => part !== "" && part !== "." && part !== ".." && isShown(part) && !/[\p{Cc}\\:*?"<>|]/u.test(part));
  if (!isPlain || path.length > LONGEST_PATH) {
    throw new PolyflowError(
      "code_path_invalid",
      `"${path}" is no path of a file in this project. Name it from the project's folder on: dags/orders.ts`,
    );
  }
  let absolute = projectDir;
  for (const part of parts) {
    absolute = join(absolute, part);
    const stats = await statOf(absolute);
    if (stats === undefined) break;
    if (stats.isSymbolicLink())
      throw new PolyflowError(
        "code_path_invalid",
        `"${path}" leads over a symbolic link, and links may lead out of the project. Edit the file where it is.`,
      );
  }
  return join(projectDir, ...parts);
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return undefined;
    throw error;
  }
}
