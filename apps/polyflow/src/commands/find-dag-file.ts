import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { PolyflowError } from "@polyflow/contracts";
import type { Project } from "../standalone/projects.ts";

/** A DAG file in its project. */
export interface DagFile {
  readonly project: Project;
  /** Relative to the project's folder, with slashes. */
  readonly relativePath: string;
}

/**
 * The file that an argument names: a path, or the id of a DAG that one of the projects' files mentions.
 * @throws PolyflowError `dag_not_found`
 */
export function findDagFiles(
  argument: string,
  places: { readonly cwd: string; readonly projects: readonly Project[] },
): readonly DagFile[] {
  const path = resolve(places.cwd, argument);
  if (existsSync(path) && statSync(path).isFile()) return [{ project: projectOf(path), relativePath: relativeTo(projectOf(path), path) }];
  const mentioning = places.projects.flatMap((project) => filesMentioning(project, argument));
  if (mentioning.length > 0) return mentioning;
  throw new PolyflowError(
    "dag_not_found",
    `"${argument}" is neither a file nor the id of a DAG in ${places.projects.map((project) => project.dir).join(", ")}.`,
  );
}

/** The project is the folder that holds `dags/`. */
function projectOf(path: string): Project {
  for (let dir = dirname(path); dir !== dirname(dir); dir = dirname(dir)) {
    if (basename(dir) === "dags") return { name: basename(dirname(dir)), dir: dirname(dir) };
  }
  return { name: basename(dirname(path)), dir: dirname(path) };
}

function filesMentioning(project: Project, dagId: string): readonly DagFile[] {
  const dags = join(project.dir, "dags");
  if (!existsSync(dags)) return [];
  return readdirSync(dags, { recursive: true, encoding: "utf8" })
    .map((name) => join(dags, name))
    .filter((file) => /\.(ts|mts|js|mjs)$/.test(file) && readFileSync(file, "utf8").includes(dagId))
    .map((file) => ({ project, relativePath: relativeTo(project, file) }));
}

function relativeTo(project: Project, path: string): string {
  return relative(project.dir, path).split(sep).join("/");
}
