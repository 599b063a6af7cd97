import { existsSync } from "node:fs";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { PolyflowError } from "@polyflow/contracts";
import type { InferHints, InferredSource } from "@polyflow/loader";
import type { SourceFormat } from "@polyflow/metadata-model";
import { type Command, Option } from "commander";
import { type CommandHost, does, wholeNumber, withOutput } from "../cli/command-options.ts";
import { EXIT } from "../cli/exit-codes.ts";
import type { Invocation } from "../cli/invocation.ts";
import { printPreview } from "./df-preview.ts";
import { projectFolder } from "./project-folder.ts";

const FORMATS: readonly SourceFormat[] = ["csv", "tsv", "json", "ndjson", "xlsx", "xls", "xml", "parquet", "dbf"];

/** `polyflow df infer`. */
export function addInferCommand(host: CommandHost, df: Command): void {
  does(
    host,
    withOutput(df.command("infer <file>").description("propose source, entity and flow for a file, each decision with its reason"))
      .option("--name <name>", "name of source, entity and flow; default: from the file's name")
      .option("--schema <schema>", "schema of the target table", "staging")
      .addOption(new Option("--format <format>", "format of the file").choices(FORMATS))
      .option("--encoding <encoding>", "encoding of the file")
      .option("--delimiter <character>", "character between cells; `tab` for a tab")
      .option("--no-header", "the first record is data")
      .option("--header-rows <numbers>", "rows of the header: 2,3", rowNumbers)
      .option("--sheet <name>", "sheet of a workbook: its name, or its number")
      .option("--property <path>", "where the records are: data.items in JSON, /Root/Item in XML")
      .option("--innerpath <mask>", "which file of a zip archive")
      .option("--rows <count>", "records to look at", wholeNumber, 200_000)
      .option("--write", "write the three files into the project's metadata, and the file into its source folder")
      .option("--force", "with --write: replace what is there")
      .option("--project <folder>", "folder of the project; default: the current one, or the one that is configured"),
    infer,
  );
}

async function infer(invocation: Invocation, file = ""): Promise<number> {
  const { inferSource, openLocalFile } = await import("@polyflow/loader");
  const path = resolve(invocation.surroundings.cwd, file);
  const projectDir = invocation.flag("write") || invocation.text("project") !== undefined ? await projectFolder(invocation) : undefined;
  const place = placeInProject(path, projectDir);
  const name = invocation.text("name");
  const rows = invocation.number("rows");
  const inferred = await inferSource({
    open: () => openLocalFile(path),
    path: place.path,
    schema: invocation.text("schema") ?? "staging",
    hints: hintsOf(invocation),
    ...(name === undefined ? {} : { name }),
    ...(rows === undefined ? {} : { rows }),
  });
  if (projectDir === undefined || !invocation.flag("write")) printProposal(invocation, inferred);
  else await writeProposal(invocation, inferred, { projectDir, from: place.isInside ? undefined : path });
  return EXIT.success;
}

/** How the source names the file: from the project's `source/` folder, where it is or will be. */
function placeInProject(path: string, projectDir: string | undefined): { readonly path: string; readonly isInside: boolean } {
  if (projectDir !== undefined) {
    const inside = relative(join(projectDir, "source"), path);
    if (!inside.startsWith("..") && !inside.startsWith(sep)) return { path: inside.replaceAll(sep, "/"), isInside: true };
  }
  return { path: basename(path), isInside: false };
}

function hintsOf(invocation: Invocation): InferHints {
  const sheet = invocation.text("sheet");
  const delimiter = invocation.text("delimiter");
  const format = FORMATS.find((candidate) => candidate === invocation.text("format"));
  const headerRows = invocation.texts("headerRows").map(Number);
  return {
    ...(format === undefined ? {} : { format }),
    ...texts(invocation, ["encoding", "property", "innerpath"]),
    ...(delimiter === undefined ? {} : { delimiter: delimiter === "tab" ? "\t" : delimiter }),
    ...(invocation.isOff("header") ? { header: false } : {}),
    ...(headerRows.length === 0 ? {} : { headerRows }),
    ...(sheet === undefined ? {} : /^\d+$/.test(sheet) ? { sheetNumber: Number(sheet) } : { sheetName: sheet }),
  };
}

function texts(invocation: Invocation, names: readonly ("encoding" | "property" | "innerpath")[]): InferHints {
  return Object.fromEntries(names.flatMap((name) => (invocation.text(name) === undefined ? [] : [[name, invocation.text(name)]])));
}

function rowNumbers(text: string): readonly string[] {
  if (/^\d+(,\d+)*$/.test(text)) return text.split(",");
  throw new PolyflowError("request_invalid", `"${text}" is no list of row numbers. Write it like 2,3.`);
}

function filesOf(inferred: InferredSource): readonly { readonly file: string; readonly text: string }[] {
  return [inferred.source, inferred.entity, inferred.flow];
}

function printProposal(invocation: Invocation, inferred: InferredSource): void {
  if (invocation.text("output") !== "table") {
    const { name, key = null, notes, read, isWhole, fields } = inferred;
    const files = filesOf(inferred).map((file) => ({ ...file }));
    invocation.printObject({
      name,
      key,
      read,
      isWhole,
      notes,
      files,
      fields: fields.map(({ name: field, type, notes: why }) => ({ name: field, type, notes: why })),
    });
    return;
  }
  for (const { file, text } of filesOf(inferred)) invocation.print(`# --- ${file}\n${text}`);
  invocation.note(summary(inferred));
  invocation.note(
    "Nothing was written. `--write` puts the files into a project; then `polyflow df preview` and `polyflow df validate` try them.",
  );
}

function summary({ read, isWhole, preview, notes, fields }: InferredSource): string {
  const checks = [...notes, ...fields.flatMap((field) => field.notes.map((note) => `${field.name}: ${note}`))].filter((note) =>
    note.includes("CHECK"),
  );
  const looked = `${read} records looked at${isWhole ? ", all there are" : "; --rows looks at more"}. Of the first ${preview.read}, ${preview.rejects.length} cells or records would be rejected.`;
  return [looked, ...checks].join("\n");
}

async function writeProposal(
  invocation: Invocation,
  inferred: InferredSource,
  into: { readonly projectDir: string; readonly from: string | undefined },
): Promise<void> {
  const { projectDir, from } = into;
  const copy = join(projectDir, "source", inferred.definition.path);
  const targets = filesOf(inferred).map(({ file, text }) => ({ path: join(projectDir, file), text }));
  const existing = [...targets.map((target) => target.path), ...(from === undefined ? [] : [copy])].filter((path) => existsSync(path));
  if (existing.length > 0 && !invocation.flag("force")) {
    throw new PolyflowError(
      "request_invalid",
      `${existing.join(", ")} exist already. Choose another --name, or replace them with --force.`,
    );
  }
  for (const { path, text } of targets) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    invocation.print(path);
  }
  if (from !== undefined) {
    await mkdir(dirname(copy), { recursive: true });
    await copyFile(from, copy);
    invocation.print(copy);
  }
  printPreview(invocation, inferred.preview);
  invocation.note(summary(inferred));
}
