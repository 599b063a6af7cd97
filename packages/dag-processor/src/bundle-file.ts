import { createHash } from "node:crypto";
import { realpath } from "node:fs/promises";
import { join, relative } from "node:path";
import { BUNDLE_HEADER } from "@polyflow/sdk/runtime";
import type { BuildFailure, BuildOptions, Message, Metafile, Plugin } from "esbuild";
import { runEsbuild } from "./esbuild-service.ts";
import type { FileProblem } from "./file-problem.ts";

/** A DAG file with all that it imports, compiled. */
export interface FileBundle {
  readonly code: string;
  /** SHA-256 of the code, hexadecimal; the same on every machine. */
  readonly hash: string;
  /** Absolute paths of all files that went into it. */
  readonly inputs: readonly string[];
  /** What it imports from outside: packages of Polyflow and modules of Node. */
  readonly imports: readonly string[];
}

export type BundleOutcome =
  | { readonly kind: "bundle"; readonly bundle: FileBundle }
  | { readonly kind: "problem"; readonly problem: FileProblem };

/** How esbuild begins its stand-in for `require`, which CommonJS packages need for Node's own modules. */
const REQUIRE_SHIM = "var __require =";
const REAL_REQUIRE =
  'import { createRequire as polyflowCreateRequire } from "node:module"; const require = polyflowCreateRequire(import.meta.url);';

const SETTINGS = {
  // nothing is written
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
  // the line after the header is kept free, so that adding to it shifts nothing in the source map
  banner: { js: `${BUNDLE_HEADER}\n` },
} as const satisfies BuildOptions;

/**
 * Compiles a DAG file and all that it imports into one module; `@polyflow/*` and Node's own modules stay imports.
 * Paths inside are relative to the file, so that the code and its hash do not depend on the machine.
 */
export async function bundleFile(projectDir: string, relativePath: string): Promise<BundleOutcome> {
  try {
    const bundle = (await buildAll(projectDir, [relativePath], [ownPackages, noAddons])).get(relativePath);
    if (bundle === undefined) throw new Error(`esbuild gave no output for ${relativePath}`);
    return { kind: "bundle", bundle };
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    return { kind: "problem", problem: toProblem(error, relativePath) };
  }
}

/**
 * Compiles many files at once, each into what `bundleFile` would make of it, in a tenth of the time.
 * @returns the bundles by path; without those that are to be compiled alone, so that it is known what is wrong with them
 */
export async function bundleFiles(projectDir: string, relativePaths: readonly string[]): Promise<ReadonlyMap<string, FileBundle>> {
  if (relativePaths.length === 0) return new Map();
  try {
    // a resolver in JavaScript would be asked for each import of each file
    const bundles = await buildAll(projectDir, relativePaths, [noAddons], ["@polyflow/*"]);
    return new Map([...bundles].filter(([, { imports }]) => imports.every(isOfInstallation)));
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    const named = new Set(error.errors.flatMap(({ location }) => (location === null ? [] : [location.file])));
    const others = relativePaths.filter((path) => !named.has(path));
    if (others.length < relativePaths.length) return bundleFiles(projectDir, others);
    // what is wrong stands in a file that some of them import
    if (relativePaths.length === 1) return new Map();
    const middle = Math.ceil(relativePaths.length / 2);
    const halves = await Promise.all(
      [relativePaths.slice(0, middle), relativePaths.slice(middle)].map((half) => bundleFiles(projectDir, half)),
    );
    return new Map(halves.flatMap((half) => [...half]));
  }
}

async function buildAll(
  projectDir: string,
  relativePaths: readonly string[],
  plugins: readonly Plugin[],
  external: readonly string[] = [],
): Promise<ReadonlyMap<string, FileBundle>> {
  const { metafile, outputFiles } = await runEsbuild({
    ...SETTINGS,
    absWorkingDir: projectDir,
    // the source map's paths are relative to the output, and `importBundle` puts the module in the same place
    entryPoints: relativePaths.map((path) => ({ in: `./${path}`, out: path })),
    outdir: ".",
    external: [...external],
    plugins: [...plugins],
  });
  // esbuild follows the link by which a project may be reached
  const folder = await realpath(projectDir);
  const codeOf = new Map(outputFiles.map(({ path, text }) => [relative(folder, path), text]));
  const bundles = new Map<string, FileBundle>();
  for (const relativePath of relativePaths) {
    const text = codeOf.get(`${relativePath}.js`);
    if (text !== undefined) bundles.set(relativePath, toBundle(projectDir, relativePath, { text, metafile }));
  }
  return bundles;
}

function toBundle(
  projectDir: string,
  relativePath: string,
  { text, metafile }: { readonly text: string; readonly metafile: Metafile },
): FileBundle {
  const code = withRequire(BUNDLE_HEADER + relativePath + text.slice(BUNDLE_HEADER.length));
  // another path than the file's own where that is a link
  const inputs = new Set([metafile.outputs[`${relativePath}.js`]?.entryPoint ?? relativePath]);
  const imports = new Set<string>();
  // grows while it is walked through
  for (const input of inputs) {
    for (const { path, external } of metafile.inputs[input]?.imports ?? []) (external === true ? imports : inputs).add(path);
  }
  return {
    code,
    hash: createHash("sha256").update(code).digest("hex"),
    inputs: [...inputs].map((input) => join(projectDir, input)),
    imports: [...imports],
  };
}

function isOfInstallation(specifier: string): boolean {
  if (!specifier.startsWith("@polyflow/")) return true;
  try {
    return import.meta.resolve(specifier) !== "";
  } catch {
    // the resolver of `bundleFile` says so, with the line
    return false;
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
