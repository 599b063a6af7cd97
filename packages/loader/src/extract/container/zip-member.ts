import { PolyflowError } from "@polyflow/contracts";
import type { LoadLimits } from "../../load-request.ts";
import { openStreamedFile } from "../source-file.ts";
import type { SourceFile } from "../source-file.ts";
import { fileMask } from "./file-mask.ts";
import { ZipArchive } from "./zip-archive.ts";

/**
 * Opens the one member of a zip archive that the mask fits, straight from the archive.
 * @throws PolyflowError `source_unreadable` when none or several fit
 */
export async function openZipMember(
  file: SourceFile,
  wanted: { readonly mask: string | undefined; readonly limits: LoadLimits },
): Promise<SourceFile> {
  const archive = await ZipArchive.open(await file.localPath(), file.name, wanted.limits);
  try {
    const name = chooseMember(file.name, [...archive.members.keys()], wanted.mask);
    const entry = archive.members.get(name);
    if (entry === undefined) throw new PolyflowError("internal", `${file.name} has no member ${name}.`);
    const member = openStreamedFile({ name: name.slice(name.lastIndexOf("/") + 1), chunks: archive.read(entry) });
    return {
      name: member.name,
      get bytesRead() {
        return member.bytesRead;
      },
      read: (target, offset) => member.read(target, offset),
      localPath: () => member.localPath(),
      digest: () => member.digest(),
      close: async () => {
        await member.close();
        archive.close();
      },
    };
  } catch (error) {
    archive.close();
    throw error;
  }
}

/** Names of members below folders fit a mask without one. */
function chooseMember(archive: string, names: readonly string[], mask: string | undefined): string {
  const pattern = mask === undefined ? undefined : fileMask(mask);
  const fitting =
    pattern === undefined ? names : names.filter((name) => pattern.test(name) || pattern.test(name.slice(name.lastIndexOf("/") + 1)));
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return only;
  const shown = (fitting.length === 0 ? names : fitting).slice(0, 10).join(", ");
  const which = mask === undefined ? "" : ` that fit \`innerpath: ${mask}\``;
  const problem = fitting.length === 0 ? `holds no files${which}` : `holds ${fitting.length} files${which}`;
  throw new PolyflowError(
    "source_unreadable",
    `${archive} ${problem}: ${shown || "it is empty"}. Write an \`innerpath\` that fits exactly one.`,
  );
}
