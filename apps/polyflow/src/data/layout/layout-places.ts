import { realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { isFileAddress, PolyflowError } from "@polyflow/contracts";
import { readLayout, resolveSourcePath } from "@polyflow/metadata-model";
import { projectPath } from "@polyflow/project-editor";
import { type LayoutFile, type LayoutOrder, safeName } from "@polyflow/server";
import type { DescribedProject } from "../project-metadata.ts";

export interface LayoutFolders {
  /** The project. */
  readonly dir: string;
  readonly uploads: string;
}

const PACKAGE = /^package:/;

export function uploadsFolder(uploadDir: string, project: string): string {
  return join(uploadDir, safeName(project), "uploads");
}

/**
 * Where a file is. It never leads out of the folder of its place.
 * @throws PolyflowError `code_path_invalid`, `source_unreadable`, `file_not_found`
 */
export async function absolutePath({ dir, uploads }: LayoutFolders, { place, path }: LayoutFile): Promise<string> {
  if (place === "source" && PACKAGE.test(path)) return resolveSourcePath(dir, { name: path, path });
  const file = place === "source" ? await projectPath(dir, `source/${path}`) : await projectPath(uploads, path);
  try {
    // a folder above may be a link that its owner has made; the file itself is where it says
    return await realpath(file);
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || (error.code !== "ENOENT" && error.code !== "ENOTDIR")) throw error;
    throw new PolyflowError("file_not_found", `There is no file "${path}" any more. Choose another one.`);
  }
}

/** The file that a source names, or the first that waits in its drop folder. @throws PolyflowError `request_invalid`, `source_unreadable` */
export async function fileOfSource(project: DescribedProject, order: Pick<LayoutOrder, "source" | "text">): Promise<LayoutFile> {
  if (order.text === undefined) throw new PolyflowError("request_invalid", "body: name the `file` to look at, or a `source`.");
  const { path, connection, dropFolder } = readLayout(order.text);
  if (connection !== undefined || typeof path !== "string" || isFileAddress(path)) {
    throw new PolyflowError("request_invalid", "This source is read over a connection. Upload one of its files, or take one from there.");
  }
  if (dropFolder === undefined) return { place: "source", path };
  const source = project.metadata.sources.get(order.source ?? "");
  const { listDropFolder } = await import("@polyflow/loader");
  const [first] = source === undefined ? [] : await listDropFolder(project.dir, source);
  if (first === undefined) throw new PolyflowError("source_unreadable", `No file waits in the drop folder "${path}". Upload one like it.`);
  const root = join(project.dir, "source");
  return { place: "source", path: first.path.slice(root.length + 1).replaceAll(sep, "/") };
}
