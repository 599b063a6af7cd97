import { existsSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { PolyflowError } from "@polyflow/contracts";
import { CHECKOUT } from "../home/find-home.ts";
import type { HomeFolder } from "../home/home-folder.ts";

/** A folder with `dags/` and `metadata/`. */
export interface Project {
  readonly name: string;
  readonly dir: string;
}

export interface ProjectChoice {
  /** `folder` or `name=folder`; empty: the home's own project. */
  readonly configured: readonly string[];
  readonly loadExamples: boolean;
  readonly cwd: string;
}

/** The projects to watch. @throws PolyflowError `config_invalid` for a missing folder or a doubled name. */
export async function chooseProjects(home: HomeFolder, choice: ProjectChoice): Promise<readonly Project[]> {
  const projects =
    choice.configured.length === 0 ? [await ownProject(home)] : choice.configured.map((text) => parseProject(text, choice.cwd));
  const examples = join(CHECKOUT, "examples");
  const all = choice.loadExamples && existsSync(examples) ? [...projects, { name: "examples", dir: examples }] : projects;
  const doubled = all.find((project, index) => all.findIndex((other) => other.name === project.name) !== index);
  if (doubled !== undefined) {
    throw new PolyflowError(
      "config_invalid",
      `Two projects are named "${doubled.name}". Give "${doubled.dir}" another name: other=${doubled.dir}`,
    );
  }
  return all;
}

function parseProject(text: string, cwd: string): Project {
  const named = /^([\w.-]+)=(.+)$/.exec(text);
  const dir = resolve(cwd, named?.[2] ?? text);
  if (!existsSync(dir)) throw new PolyflowError("config_invalid", `The project folder "${dir}" does not exist.`);
  return { name: named?.[1] ?? basename(dir), dir };
}

const TSCONFIG = {
  compilerOptions: {
    target: "es2023",
    lib: ["es2024"],
    module: "nodenext",
    types: ["node"],
    strict: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    erasableSyntaxOnly: true,
    verbatimModuleSyntax: true,
    skipLibCheck: true,
  },
  include: ["dags"],
};

/** The project that a fresh home has: empty, but an editor completes and checks DAG files in it. */
async function ownProject(home: HomeFolder): Promise<Project> {
  const project = { name: "main", dir: join(home.projectsDir, "main") };
  for (const part of ["dags", "metadata"]) await mkdir(join(project.dir, part), { recursive: true });
  const files: readonly (readonly [string, unknown])[] = [
    ["tsconfig.json", TSCONFIG],
    ["package.json", { name: "main", private: true, type: "module" }],
  ];
  for (const [name, content] of files) {
    const file = join(project.dir, name);
    if (!existsSync(file)) await writeFile(file, `${JSON.stringify(content, undefined, 2)}\n`);
  }
  await linkPackages(project.dir);
  return project;
}

/** Lets the editor find `@polyflow/*` and Node's types; bundles do not use these links. */
async function linkPackages(projectDir: string): Promise<void> {
  const modules = join(projectDir, "node_modules");
  if (existsSync(modules)) return;
  await mkdir(modules);
  for (const scope of ["@polyflow", "@types"]) await symlink(join(CHECKOUT, "node_modules", scope), join(modules, scope), "dir");
}
