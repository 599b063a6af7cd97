import { constants } from "node:fs";
import { copyFile, mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { PolyflowError } from "@polyflow/contracts";
import { projectPath } from "@polyflow/project-editor";
import type { LayoutSaveOrder } from "@polyflow/server";
import { absolutePath, type LayoutFolders } from "./layout-places.ts";

/**
 * Puts an upload into the project's `source/` folder, whole or not at all.
 * @throws PolyflowError `code_conflict` when there is such a file already and it is not to be replaced
 */
export async function keepUpload(
  folders: LayoutFolders,
  { upload, path, replace }: NonNullable<LayoutSaveOrder["keep"]>,
): Promise<{ undo(): Promise<void> }> {
  const from = await absolutePath(folders, { place: "upload", path: upload });
  const to = await projectPath(folders.dir, `source/${path}`);
  await mkdir(dirname(to), { recursive: true });
  if (replace) {
    const part = `${to}.part-save`;
    await copyFile(from, part);
    await rename(part, to);
    return { undo: () => Promise.resolve() };
  }
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL);
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || error.code !== "EEXIST") throw error;
    throw new PolyflowError(
      "code_conflict",
      `The project has a file "source/${path}" already. Replace it, or give the source another path.`,
    );
  }
  return { undo: () => rm(to, { force: true }) };
}
