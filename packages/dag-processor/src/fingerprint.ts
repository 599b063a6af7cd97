import { stat } from "node:fs/promises";
import { isAbsence } from "./dag-files.ts";

/** What looks at files gave, by path, so that many fingerprints of the same moment look at each file once. */
export type Looks = Map<string, Promise<string>>;

/** A text that changes whenever one of the files or folders is written, replaced, made or removed. Reads no content. */
export async function fingerprint(paths: readonly string[], looks?: Looks): Promise<string> {
  const parts = await Promise.all(paths.map((path) => lookAt(path, looks)));
  return parts.join("|");
}

function lookAt(path: string, looks: Looks | undefined): Promise<string> {
  const known = looks?.get(path);
  if (known !== undefined) return known;
  const look = fingerprintOne(path);
  looks?.set(path, look);
  return look;
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
