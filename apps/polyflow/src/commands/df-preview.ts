import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { isFileAddress, PolyflowError } from "@polyflow/contracts";
import type { SourcePreview } from "@polyflow/loader";
import type { SourceDefinition } from "@polyflow/metadata-model";
import type { Command } from "commander";
import { type CommandHost, does, wholeNumber, withOutput } from "../cli/command-options.ts";
import { EXIT } from "../cli/exit-codes.ts";
import type { Invocation } from "../cli/invocation.ts";
import { runOneTask } from "./run-one-task.ts";
import { projectFolder } from "./project-folder.ts";

/** `polyflow df preview`. */
export function addPreviewCommand(host: CommandHost, df: Command): void {
  does(
    host,
    withOutput(df.command("preview <source>").description("show the first records and rejects of a source: its name, or its YAML file"))
      .option("--file <file>", "another file than the one that the source names")
      .option("--rows <count>", "records to look at", wholeNumber, 20)
      .option("--project <folder>", "folder of the project; default: the current one, or the one that is configured"),
    preview,
  );
}

async function preview(invocation: Invocation, wanted = ""): Promise<number> {
  const rows = invocation.number("rows") ?? 20;
  const { source, projectDir } = await findSource(invocation, wanted);
  const file = invocation.text("file");
  const isFar = file === undefined && (source.external !== undefined || isFileAddress(source.path));
  const found = isFar
    ? await previewFar(invocation, { source, projectDir, rows })
    : await previewNear(file === undefined ? await placeOf(source, projectDir) : resolve(invocation.surroundings.cwd, file), source, {
        rows,
        projectDir,
      });
  printPreview(invocation, found);
  return found.rejects.length === 0 ? EXIT.success : EXIT.failed;
}

async function previewNear(
  path: string,
  source: SourceDefinition,
  options: { readonly rows: number; readonly projectDir: string },
): Promise<SourcePreview> {
  const { openLocalFile, previewSource } = await import("@polyflow/loader");
  const file = await openLocalFile(path);
  try {
    return await previewSource(file, source, options);
  } finally {
    await file.close();
  }
}

/** Over the connection that the source names, in a task as a load would be. */
async function previewFar(
  invocation: Invocation,
  { source, projectDir, rows }: { readonly source: SourceDefinition; readonly projectDir: string; readonly rows: number },
): Promise<SourcePreview> {
  const { previewExternal } = await import("@polyflow/provider-data");
  let found: SourcePreview | undefined;
  const failure = await runOneTask(invocation, {
    projectDir,
    work: async (context) => {
      found = await previewExternal(context, source, rows);
    },
  });
  if (found !== undefined) return found;
  throw new PolyflowError("source_unreadable", failure ?? `Source "${source.name}" could not be read.`);
}

async function findSource(
  invocation: Invocation,
  wanted: string,
): Promise<{ readonly source: SourceDefinition; readonly projectDir: string }> {
  const { formatProblem, proposeWord, readSourceText, checkProject } = await import("@polyflow/metadata-model");
  const { cwd } = invocation.surroundings;
  const yamlFile = resolve(cwd, wanted);
  if (/\.ya?ml$/.test(wanted) && existsSync(yamlFile)) {
    const { source, problems } = readSourceText(wanted, await readFile(yamlFile, "utf8"));
    if (source !== undefined) return { source, projectDir: resolve(yamlFile, "../../..") };
    throw new PolyflowError("metadata_invalid", problems.map(formatProblem).join("\n"));
  }
  const projectDir = await projectFolder(invocation);
  const { metadata, problems } = await checkProject(projectDir);
  const source = metadata.sources.get(wanted);
  if (source !== undefined) return { source, projectDir };
  const concerned = problems.filter((problem) => problem.file.startsWith("metadata/sources/")).map(formatProblem);
  throw new PolyflowError(
    "metadata_invalid",
    [`${projectDir} has no source "${wanted}" that can be read; ${proposeWord(wanted, [...metadata.sources.keys()])}`, ...concerned].join(
      "\n",
    ),
  );
}

/** The file of a source, or the next one of its drop folder. */
async function placeOf(source: SourceDefinition, projectDir: string): Promise<string> {
  const { resolveSourcePath } = await import("@polyflow/metadata-model");
  if (source.dropFolder === undefined) return resolveSourcePath(projectDir, source);
  const { listDropFolder } = await import("@polyflow/loader");
  const [first] = await listDropFolder(projectDir, source);
  if (first !== undefined) return first.path;
  throw new PolyflowError(
    "source_unreadable",
    `No file waits in the drop folder of source "${source.name}" (${source.path}). Preview another one with --file.`,
  );
}

/** Records to the output, rejects and counts beside it; as JSON all in one object. */
export function printPreview(invocation: Invocation, found: SourcePreview): void {
  const { fields, records, rejects, read, isWhole } = found;
  const rows = records.map(({ row, values }) => ({
    "#": row,
    ...Object.fromEntries(fields.map((field, index) => [field, values[index] ?? null])),
  }));
  if (invocation.text("output") !== "table") {
    invocation.printObject({ read, isWhole, records: rows, rejects: rejects.map((reject) => ({ ...reject })) });
    return;
  }
  invocation.print(rows.length === 0 ? "(no records)" : "");
  if (rows.length > 0) invocation.printRows(rows);
  if (rejects.length > 0) {
    invocation.print("\nRejects");
    invocation.printRows(rejects.map(({ row, column, value, reason }) => ({ "#": row, column, value, reason })));
  }
  invocation.note(
    `${read} records looked at${isWhole ? ", all there are" : ""}: ${records.length} good, ${rejects.length} rejected cells or records.`,
  );
}
