import type { MetadataDocument } from "./metadata-document.ts";
import type { DropFolder } from "./source-definition.ts";

/** Reports masks where one file is meant, and drop folders that cannot work. */
export function checkDropFolder(document: MetadataDocument, path: string, raw: Partial<DropFolder> | undefined): void {
  const folder = folderOf(path);
  if (raw === undefined) {
    if (/[*?]/.test(path)) {
      document.report(["path"], {
        message: `"${path}" is a mask of files`,
        proposal: "add `dropFolder: {}` to load every file that it matches, or name one file",
      });
    }
    return;
  }
  if (/[*?]/.test(folder)) {
    document.report(["path"], { message: `"${path}" is a mask of folders`, proposal: "use `*` and `?` in the name of the file only" });
  }
  if (path.startsWith("package:")) document.report(["dropFolder"], { message: "an npm package is no drop folder", atKey: true });
  const places = dropFolderOf(path, raw);
  for (const key of ["archive", "failed"] as const) {
    if (places[key] !== folder) continue;
    document.report(["dropFolder", key], {
      message: `\`${key}\` is the folder that files are taken from`,
      proposal: "name another folder",
    });
  }
}

/** The drop folder with its defaults. */
export function dropFolderOf(path: string, raw: Partial<DropFolder>): DropFolder {
  const place = (written: string | undefined, name: string): string =>
    written === undefined ? `${folderOf(path)}${name}/` : `${written.replace(/\/+$/, "")}/`;
  return {
    archive: place(raw.archive, "archive"),
    failed: place(raw.failed, "failed"),
    stableSeconds: raw.stableSeconds ?? 5,
    order: raw.order ?? "name",
  };
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}
