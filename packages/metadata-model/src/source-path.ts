import { existsSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import { PolyflowError } from "@polyflow/contracts";
import type { SourceDefinition } from "./source-definition.ts";

const PACKAGE_PATH = /^package:((?:@[^/]+\/)?[^/]+)\/(.+)$/;

/**
 * Absolute path of the file that a source names: below the project's `source/` folder,
 * or inside an npm package that the project (or a folder above it) has installed.
 * @throws PolyflowError `source_unreadable` when there is no such file
 */
export function resolveSourcePath(projectDir: string, source: Pick<SourceDefinition, "name" | "path">): string {
  const inPackage = PACKAGE_PATH.exec(source.path);
  const path = inPackage === null ? inside(join(projectDir, "source"), source) : packagePath(projectDir, source, inPackage);
  if (existsSync(path)) return path;
  throw new PolyflowError(
    "source_unreadable",
    `The file of source "${source.name}" does not exist: ${path}. Put it there, or correct \`path\` in the source's YAML.`,
  );
}

function packagePath(projectDir: string, source: Pick<SourceDefinition, "name" | "path">, match: RegExpExecArray): string {
  const [, name = "", file = ""] = match;
  for (let folder = resolve(projectDir); ; folder = dirname(folder)) {
    const root = join(folder, "node_modules", name);
    if (existsSync(root)) return inside(root, { name: source.name, path: file });
    if (folder === dirname(folder)) break;
  }
  throw new PolyflowError(
    "source_unreadable",
    `Source "${source.name}" reads from the npm package ${name}, which is not installed. Run \`npm install ${name}\` in ${projectDir}.`,
  );
}

function inside(root: string, source: Pick<SourceDefinition, "name" | "path">): string {
  const path = resolve(root, source.path);
  if (path.startsWith(root.endsWith(sep) ? root : root + sep)) return path;
  throw new PolyflowError(
    "source_unreadable",
    `The path "${source.path}" of source "${source.name}" leads out of ${root}. Write a path inside it.`,
  );
}
