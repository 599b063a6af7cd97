import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, link, mkdir, rename, rm, unlink } from "node:fs/promises";
import { basename, join } from "node:path";

/**
 * Moves a file into a folder so that at each moment it is whole in one of both places, and never over another file: a name that is taken
 * gets the time before it.
 * @returns where it is now; undefined when the file is gone
 */
export async function moveIntoFolder(path: string, to: { readonly folder: string; readonly nowMs: number }): Promise<string | undefined> {
  await mkdir(to.folder, { recursive: true });
  const stamp = new Date(to.nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const names = [basename(path), `${stamp}_${basename(path)}`, `${stamp}_${randomUUID()}_${basename(path)}`];
  for (const name of names) {
    const target = join(to.folder, name);
    const outcome = await linkTo(path, target);
    if (outcome === "gone") return undefined;
    if (outcome === "taken") continue;
    if (outcome === "linked") await unlink(path).catch(ignoreMissing);
    return target;
  }
  return undefined;
}

/** A hard link fails where a name is taken, which a rename would not; other file systems get a copy that appears at once. */
async function linkTo(path: string, target: string): Promise<"linked" | "moved" | "taken" | "gone"> {
  try {
    await link(path, target);
    return "linked";
  } catch (error) {
    const code = codeOf(error);
    if (code === "EEXIST") return "taken";
    if (code === "ENOENT") return "gone";
    if (code !== "EXDEV" && code !== "EPERM" && code !== "ENOTSUP" && code !== "EOPNOTSUPP") throw error;
    return copyTo(path, target);
  }
}

async function copyTo(path: string, target: string): Promise<"moved" | "taken"> {
  if (existsSync(target)) return "taken";
  const part = `${target}.${randomUUID()}.part`;
  try {
    await copyFile(path, part);
    await rename(part, target);
    await unlink(path).catch(ignoreMissing);
    return "moved";
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

/** Another run was faster. */
function ignoreMissing(error: unknown): void {
  if (codeOf(error) !== "ENOENT") throw error;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
