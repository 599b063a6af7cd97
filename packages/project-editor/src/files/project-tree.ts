import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { isShown } from "./project-path.ts";

/** A file or folder of a project; `path` is relative to the project's folder. */
export interface TreeEntry {
  readonly path: string;
  readonly kind: "file" | "folder";
  /** Bytes; 0 for a folder. */
  readonly size: number;
}

/** A tree with more entries is cut: nobody finds anything in it by looking. */
const MOST_ENTRIES = 20_000;

/** Everything of the project that the editor shows, folders before what is in them. Symbolic links are left out. */
export async function projectTree(projectDir: string): Promise<readonly TreeEntry[]> {
  const found: TreeEntry[] = [];
  const visit = async (folder: string): Promise<void> => {
    const entries = await readdir(join(projectDir, folder), { withFileTypes: true });
    const shown = entries.filter((entry) => isShown(entry.name) && !entry.isSymbolicLink());
    for (const entry of shown.toSorted((left, right) => (left.name < right.name ? -1 : 1))) {
      if (found.length >= MOST_ENTRIES) return;
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        found.push({ path, kind: "folder", size: 0 });
        await visit(path);
      } else if (entry.isFile()) {
        found.push({ path, kind: "file", size: (await stat(join(projectDir, path))).size });
      }
    }
  };
  await visit("");
  return found;
}
