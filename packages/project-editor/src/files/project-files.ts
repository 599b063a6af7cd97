import { createHash, randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { PolyflowError } from "@polyflow/contracts";
import { projectPath } from "./project-path.ts";

/** A text file with the hash that a later save has to name. */
export interface SourceFile {
  readonly content: string;
  /** SHA-256 of the bytes, hex. */
  readonly hash: string;
}

/** Larger files are not for an editor in a browser. */
const MOST_BYTES = 2_000_000;

/** @throws PolyflowError `not_found`, `code_path_invalid` for what is no text file of an editor's size. */
export async function readSource(projectDir: string, path: string): Promise<SourceFile> {
  const found = await readIfExists(await projectPath(projectDir, path), path);
  if (found === undefined) throw new PolyflowError("not_found", `The project has no file "${path}".`);
  return found;
}

/**
 * Writes a file whole or not at all.
 * @param expected hash of what the writer has read; null: there was no file
 * @throws PolyflowError `code_conflict` when somebody else has changed it since
 */
export async function writeSource(
  projectDir: string,
  path: string,
  change: { readonly content: string; readonly expected: string | null },
): Promise<string> {
  const absolute = await projectPath(projectDir, path);
  const bytes = Buffer.from(change.content, "utf8");
  if (bytes.length > MOST_BYTES) throw tooLarge(path);
  await requireUnchanged(absolute, path, change.expected);
  await mkdir(dirname(absolute), { recursive: true });
  const part = `${absolute}.${randomBytes(6).toString("hex")}.part-save`;
  try {
    const file = await open(part, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, await modeOf(absolute));
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    // Once more, right before it counts: writing may have taken a while.
    await requireUnchanged(absolute, path, change.expected);
    await rename(part, absolute);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  return hashOf(bytes);
}

/** @throws PolyflowError `code_conflict`, `not_found` */
export async function removeSource(projectDir: string, path: string, expected: string): Promise<void> {
  const absolute = await projectPath(projectDir, path);
  await readSource(projectDir, path);
  await requireUnchanged(absolute, path, expected);
  await rm(absolute);
}

/** Moves a file; there must be none under the new name. @throws PolyflowError `code_conflict`, `not_found` */
export async function moveSource(projectDir: string, from: string, to: string): Promise<void> {
  await readSource(projectDir, from);
  const [source, target] = [await projectPath(projectDir, from), await projectPath(projectDir, to)];
  await requireUnchanged(target, to, null);
  await mkdir(dirname(target), { recursive: true });
  await rename(source, target);
}

/** Puts content beside the file under a name that nobody watches, for the time of `work`. */
export async function withCandidate<Result>(
  projectDir: string,
  candidate: { readonly path: string; readonly content: string },
  work: (candidatePath: string) => Promise<Result>,
): Promise<Result> {
  const absolute = await projectPath(projectDir, candidate.path);
  const name = `.check-${randomBytes(4).toString("hex")}-${basename(candidate.path)}`;
  const folder = dirname(candidate.path);
  await mkdir(dirname(absolute), { recursive: true });
  const file = join(dirname(absolute), name);
  const handle = await open(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
  try {
    await handle.writeFile(candidate.content).finally(() => handle.close());
    return await work(folder === "." ? name : `${folder}/${name}`);
  } finally {
    await rm(file, { force: true });
  }
}

async function requireUnchanged(absolute: string, path: string, expected: string | null): Promise<void> {
  const now = await readIfExists(absolute, path);
  if ((now?.hash ?? null) === expected) return;
  const what = expected === null ? "exists already" : now === undefined ? "was deleted" : "was changed by somebody else";
  throw new PolyflowError("code_conflict", `"${path}" ${what} since you opened it. Look at what is there now before you save.`);
}

async function readIfExists(absolute: string, path: string): Promise<SourceFile | undefined> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(absolute, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return undefined;
    throw error;
  }
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw new PolyflowError("code_path_invalid", `"${path}" is no file.`);
    if (stats.size > MOST_BYTES) throw tooLarge(path);
    const bytes = await file.readFile();
    if (bytes.includes(0)) throw new PolyflowError("code_path_invalid", `"${path}" is no text, and the editor knows text alone.`);
    return { content: bytes.toString("utf8"), hash: hashOf(bytes) };
  } finally {
    await file.close();
  }
}

async function modeOf(absolute: string): Promise<number> {
  try {
    return (await stat(absolute)).mode & 0o777;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return 0o644;
    throw error;
  }
}

function hashOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function tooLarge(path: string): PolyflowError {
  return new PolyflowError("code_path_invalid", `"${path}" is larger than ${MOST_BYTES / 1_000_000} MB, which is too much for the editor.`);
}
