import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { relativeTo } from "../dag-files.ts";

/** Functions of `fs` and `fs/promises` whose first argument names what is looked at; with `Sync` as well, where that exists. */
const READING = ["readFile", "readdir", "opendir", "stat", "lstat", "access", "exists", "open", "glob"];
const STREAMING = ["createReadStream"];
/** More files than this are looked at again and again only by mistake. */
const MOST_READS = 10_000;

/**
 * Notes which files and folders the process looks at from here on, so that a DAG file that makes its DAGs from other files is read again
 * when those change.
 * @returns absolute paths, also of what is not there; clear it to begin anew
 */
export function recordReads(): Set<string> {
  const paths = new Set<string>();
  const names = [...READING, ...READING.map((name) => `${name}Sync`), ...STREAMING];
  for (const module of [fs, fs.promises]) {
    for (const name of names) {
      const original: unknown = Reflect.get(module, name);
      if (typeof original !== "function") continue;
      const recording = (...parameters: unknown[]): unknown => {
        const path = pathOf(parameters[0]);
        if (path !== undefined) paths.add(path);
        return Reflect.apply(original, module, parameters);
      };
      Reflect.set(module, name, Object.assign(recording, original));
    }
  }
  syncBuiltinESMExports();
  return paths;
}

/** Those that are the project's own; packages are not among them. */
export function readsOfProject(reads: ReadonlySet<string>, projectDir: string): readonly string[] {
  return [...reads].filter((path) => isOfProject(path, projectDir)).slice(0, MOST_READS);
}

function isOfProject(path: string, projectDir: string): boolean {
  const parts = relativeTo(projectDir, path).split("/");
  return parts[0] !== ".." && !parts.includes("node_modules");
}

function pathOf(value: unknown): string | undefined {
  if (typeof value === "string") return resolve(value);
  if (value instanceof URL && value.protocol === "file:") return fileURLToPath(value);
  return Buffer.isBuffer(value) ? resolve(value.toString()) : undefined;
}
