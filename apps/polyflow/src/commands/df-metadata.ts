import { mkdir, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import type { Command } from "commander";
import { type CommandHost, does, withOutput } from "../cli/command-options.ts";
import { EXIT } from "../cli/exit-codes.ts";
import type { Invocation } from "../cli/invocation.ts";
import { projectFolder } from "./project-folder.ts";

/** `polyflow df validate` and `polyflow df schemas`. */
export function addMetadataCommands(host: CommandHost, df: Command): void {
  does(
    host,
    withOutput(df.command("validate").description("check all metadata of a project; each problem with its file, line and column")).option(
      "--project <folder>",
      "folder of the project; default: the current one, or the one that is configured",
    ),
    validate,
  );
  does(
    host,
    df
      .command("schemas")
      .description("write the JSON Schemas of sources, entities and flows, for editors to complete and check")
      .option("--project <folder>", "folder of the project; default: the current one, or the one that is configured")
      .option("--out <folder>", "where to write them; default: metadata/schemas in the project"),
    writeSchemas,
  );
}

async function validate(invocation: Invocation): Promise<number> {
  const { checkModels, checkProject, checkFunctionFiles, formatProblem } = await import("@polyflow/metadata-model");
  const projectDir = await projectFolder(invocation);
  const { metadata, problems: described } = await checkProject(projectDir);
  const models = await checkModels(projectDir);
  const files = await checkFunctionFiles(projectDir, [...metadata.sources.values(), ...metadata.entities.values(), ...models.models]);
  const problems = [...described, ...files, ...models.problems];
  if (invocation.text("output") !== "table")
    invocation.printRows(problems.map((problem) => ({ ...problem, proposal: problem.proposal ?? null })));
  else for (const problem of problems) invocation.print(formatProblem(problem));
  const { sources, entities, flows } = metadata;
  const counts: readonly (readonly [number, string, string])[] = [
    [sources.size, "source", "sources"],
    [entities.size, "entity", "entities"],
    [flows.size, "flow", "flows"],
    [models.models.length, "model", "models"],
  ];
  const good = counts.map(([count, one, many]) => `${count} ${count === 1 ? one : many}`).join(", ");
  const place = relative(invocation.surroundings.cwd, projectDir) || ".";
  invocation.note(problems.length === 0 ? `${place}: ${good}, no problems.` : `${place}: ${good} are fine; ${problems.length} problems.`);
  return problems.length === 0 ? EXIT.success : EXIT.failed;
}

async function writeSchemas(invocation: Invocation): Promise<number> {
  const { JSON_SCHEMAS } = await import("@polyflow/metadata-model");
  const projectDir = await projectFolder(invocation);
  const out = invocation.text("out");
  const folder = out === undefined ? join(projectDir, "metadata/schemas") : resolve(invocation.surroundings.cwd, out);
  await mkdir(folder, { recursive: true });
  for (const [name, schema] of Object.entries(JSON_SCHEMAS)) {
    const path = join(folder, `${name}.schema.json`);
    await writeFile(path, `${JSON.stringify(schema, undefined, 2)}\n`);
    invocation.print(path);
  }
  invocation.note("An editor takes them from a first line like: # yaml-language-server: $schema=../schemas/source.schema.json");
  return EXIT.success;
}
