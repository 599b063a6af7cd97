import { readFile, realpath, stat } from "node:fs/promises";
import { basename, join, sep } from "node:path";
import { FailTask } from "@polyflow/sdk";

/** A file below the folder `data/` of the project; as text, its path. Templates are rendered in both. */
export type EmailAttachment = string | { readonly path: string; readonly name?: string };

export interface LoadedAttachment {
  readonly filename: string;
  readonly content: Buffer;
}

/** Reads files of the project's folder `data/`, links out of it are not followed. @throws FailTask naming the file and the remedy */
export async function loadAttachments(
  attachments: readonly EmailAttachment[],
  { projectDir, maxBytes }: { readonly projectDir: string; readonly maxBytes: number },
): Promise<readonly LoadedAttachment[]> {
  const loaded: LoadedAttachment[] = [];
  let bytes = 0;
  for (const attachment of attachments) {
    const { path, name = basename(path) } = typeof attachment === "string" ? { path: attachment } : attachment;
    const file = await fileInData(projectDir, path);
    const { size } = await stat(file);
    bytes += size;
    if (bytes > maxBytes)
      throw new FailTask(
        `The attachments up to ${JSON.stringify(path)} have ${bytes} bytes, more than ${maxBytes}. Send less, or raise maxAttachmentBytes.`,
      );
    loaded.push({ filename: name, content: await readFile(file) });
  }
  return loaded;
}

async function fileInData(projectDir: string, path: string): Promise<string> {
  const folder = await realpath(join(projectDir, "data")).catch(() => undefined);
  const file = folder === undefined ? undefined : await realpath(join(folder, path)).catch(() => undefined);
  if (folder !== undefined && file?.startsWith(folder + sep) === true && (await stat(file)).isFile()) return file;
  throw new FailTask(
    `The attachment ${JSON.stringify(path)} is no file in the folder data/ of the project. Give a path below data/, without \`..\`.`,
  );
}
