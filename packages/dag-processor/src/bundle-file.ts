import { createHash } from "node:crypto";
import { join } from "node:path";
import { BUNDLE_HEADER } from "@polyflow/sdk/runtime";
import { type BuildFailure, build, type Message, type Plugin } from "esbuild";
import type { FileProblem } from "./file-problem.ts";

/** A DAG file with all that it imports, compiled. */
export interface FileBundle {
  readonly code: string;
  /** SHA-256 of the code, hexadecimal; the same on every machine. */
  readonly hash: string;
  /** Absolute paths of all files that went into it. */
  readonly inputs: readonly string[];
}

export type BundleOutcome =
  | { readonly kind: "bundle"; readonly bundle: FileBundle }
  | { readonly kind: "problem"; readonly problem: FileProblem };

/** How esbuild begins its stand-in for `require`, which CommonJS packages need for Node's own modules. */
const REQUIRE_SHIM = "var __require =";
const REAL_REQUIRE =
  'import { createRequire as polyflowCreateRequire } from "node:module"; const require = polyflowCreateRequire(import.meta.url);';

/**
 * Compiles a DAG file and all that it imports into one module; `@polyflow/*` and Node's own modules stay imports.
 * Paths inside are relative to the file, so that the code and its hash do not depend on the machine.
 */
export async function bundleFile(projectDir: string, relativePath: string): Promise<BundleOutcome> {
  try {
    const result = await build({
      absWorkingDir: projectDir,
      entryPoints: [`./${relativePath}`],
      // nothing is written; the source map's paths are relative to it, and `importBundle` puts the module in the same place
      outfile: relativePath,
      allowOverwrite: true,
      write: false,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node22",
      sourcemap: "inline",
      sourcesContent: false,
      charset: "utf8",
      legalComments: "none",
      logLevel: "silent",
      metafile: true,
      // the second line is kept free, so that adding to it shifts nothing in the source map
      banner: { js: `${BUNDLE_HEADER}${relativePath}\n` },
      plugins: [ownPackages, noAddons],
    });
    const [output] = result.outputFiles;
    if (output === undefined) throw new Error(`esbuild gave no output for ${relativePath}`);
    const code = withRequire(output.text);
    const inputs = Object.keys(result.metafile.inputs).map((input) => join(projectDir, input));
    return { kind: "bundle", bundle: { code, hash: createHash("sha256").update(code).digest("hex"), inputs } };
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    return { kind: "problem", problem: toProblem(error, relativePath) };
  }
}

/** Packages of Polyflow come from the installation, not from the project; one that does not exist is said here, with its line. */
const ownPackages: Plugin = {
  name: "polyflow-packages",
  setup(esbuild) {
    esbuild.onResolve({ filter: /^@polyflow\// }, ({ path }) => {
      try {
        import.meta.resolve(path);
        return { path, external: true };
      } catch (error) {
        return { errors: [{ text: `There is no "${path}" in this installation of Polyflow.`, detail: error }] };
      }
    });
  },
};

const noAddons: Plugin = {
  name: "polyflow-no-addons",
  setup(esbuild) {
    esbuild.onLoad({ filter: /\.node$/ }, ({ path }) => ({
      errors: [
        { text: `${path} is a native addon, which a bundle cannot contain. Use a package without one, or run it from a bash task.` },
      ],
    }));
  },
};

function withRequire(code: string): string {
  if (!code.includes(REQUIRE_SHIM)) return code;
  const headerEnd = code.indexOf("\n") + 1;
  return code.slice(0, headerEnd) + REAL_REQUIRE + code.slice(headerEnd);
}

function toProblem(failure: BuildFailure, relativePath: string): FileProblem {
  const [first] = failure.errors;
  if (first === undefined) throw failure;
  const { location } = first;
  const further = failure.errors.length > 1 ? ` (and ${failure.errors.length - 1} more)` : "";
  const elsewhere = location !== null && location.file !== relativePath ? `${location.file}:${location.line}: ` : "";
  return {
    code: "dag_file_syntax",
    message: `${elsewhere}${first.text}${adviceFor(first)}${further}`,
    file: location?.file ?? relativePath,
    line: location?.line ?? null,
    column: location === null ? null : location.column + 1,
    stack: failure.errors.map(showMessage).join("\n\n"),
  };
}

function adviceFor({ text }: Message): string {
  const name = /^Could not resolve "([^./][^"]*)"/.exec(text)?.[1];
  return name === undefined ? "" : `. Install it in the project's folder: npm install ${name}`;
}

function showMessage({ text, location }: Message): string {
  if (location === null) return text;
  const { file, line, column, lineText, length } = location;
  const pointer = " ".repeat(Math.min(column, 500)) + "^".repeat(Math.max(1, Math.min(length, 500)));
  return `${file}:${line}:${column + 1}: ${text}\n${lineText.slice(0, 1_000)}\n${pointer}`;
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}
