import { rm } from "node:fs/promises";
import { isPolyflowError, PolyflowError } from "@polyflow/contracts";
import { checkProject, formatProblem } from "@polyflow/metadata-model";
import { projectPath, readSource, writeSource } from "@polyflow/project-editor";
import type { LayoutSaveOrder, SavedLayout } from "@polyflow/server";

type SaveOrder = LayoutSaveOrder["files"];

/**
 * Saves descriptions, all or none. What would break the project is refused before anything is written: problems of the files themselves, and
 * problems of others that were none before.
 * @throws PolyflowError `metadata_invalid` with file, line and column of each problem; `code_conflict` when somebody else has changed a file
 */
export async function saveMetadata(projectDir: string, files: SaveOrder): Promise<SavedLayout> {
  await requireSound(projectDir, files);
  const saved: { file: string; hash: string; before: string | undefined }[] = [];
  try {
    for (const { file, text, expected } of files) {
      const before = expected === null ? undefined : (await readSource(projectDir, file)).content;
      saved.push({ file, before, hash: await writeSource(projectDir, file, { content: text, expected }) });
    }
  } catch (error) {
    for (const { file, hash, before } of saved.toReversed()) {
      if (before === undefined) await rm(await projectPath(projectDir, file), { force: true });
      else await writeSource(projectDir, file, { content: before, expected: hash });
    }
    if (isPolyflowError(error, "not_found")) throw new PolyflowError("code_conflict", `${error.message} It was there when you opened it.`);
    throw error;
  }
  return { files: saved.map(({ file, hash }) => ({ file, hash })) };
}

async function requireSound(projectDir: string, files: SaveOrder): Promise<void> {
  const instead = new Map(files.map(({ file, text }) => [file, text]));
  const [before, after] = [await checkProject(projectDir), await checkProject(projectDir, instead)];
  const known = new Set(before.problems.map(formatProblem));
  const problems = after.problems.filter((problem) => instead.has(problem.file) || !known.has(formatProblem(problem)));
  if (problems.length === 0) return;
  throw new PolyflowError("metadata_invalid", `Nothing was saved:\n${problems.map(formatProblem).join("\n")}`, {
    details: { problems },
  });
}
