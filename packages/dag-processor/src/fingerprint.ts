import { stat } from "node:fs/promises";
import { isAbsence } from "./dag-files.ts";

/** A text that changes whenever one of the files or folders is written, replaced, made or removed. Reads no content. */
export async function fingerprint(paths: readonly string[]): Promise<string> {
  const parts = await Promise.all(paths.map(fingerprintOne));
  return parts.join("|");
}

async function fingerprintOne(path: string): Promise<string> {
  try {
    const { mtimeNs, size, ino } = await stat(path, { bigint: true });
    return `${mtimeNs}:${size}:${ino}`;
  } catch (error) {
    if (isAbsence(error)) return "absent";
    throw error;
  }
}
