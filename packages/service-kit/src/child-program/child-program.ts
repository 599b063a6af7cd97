import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { BuildOptions, Plugin } from "esbuild";

/** What authors' bundles and providers import as well: one module for them and the child process, or classes would exist twice. */
const SHARED = {
  "@polyflow/sdk": "sdk",
  "@polyflow/sdk/runtime": "sdk-runtime",
  "@polyflow/contracts": "contracts",
  "@polyflow/contracts/wire": "contracts-wire",
} as const;

export interface ChildProgramOptions {
  /** Path of the source that the process begins with. */
  readonly main: string;
  /** Absolute path of the folder for `main.mjs` and the files beside it; it need not exist where nothing is written. */
  readonly outdir: string;
  /** A JavaScript expression: the URL of that folder when the program runs, with a slash at its end. */
  readonly folder: string;
  /** `import.meta.resolve` of a module that has the packages among its dependencies. */
  readonly resolve: (specifier: string) => string;
}

/**
 * How esbuild compiles a process that runs authors' code: its own half and what it shares with bundles, as a few files. A process then starts
 * in half the time and processor time that a hundred TypeScript modules take.
 * @example await build(childProgram({ main, outdir, folder: `new URL("./", import.meta.url).href`, resolve: (name) => import.meta.resolve(name) }));
 */
export function childProgram(options: ChildProgramOptions) {
  const sourceOf = (specifier: string): string => fileURLToPath(options.resolve(specifier));
  return {
    entryPoints: {
      main: "polyflow:main",
      ...Object.fromEntries(Object.entries(SHARED).map(([specifier, name]) => [name, sourceOf(specifier)])),
    },
    outdir: options.outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node22",
    charset: "utf8",
    legalComments: "none",
    logLevel: "silent",
    plugins: [entry(options), ownSources(sourceOf)],
  } as const satisfies BuildOptions;
}

/** The module that the process begins with: it says which compiled files stand for the shared packages. */
function entry({ main, folder, resolve }: ChildProgramOptions): Plugin {
  const files = Object.fromEntries(Object.entries(SHARED).map(([specifier, name]) => [specifier, `${name}.mjs`]));
  const packages = `{ folder: ${folder}, files: ${JSON.stringify(files)}, source: ${JSON.stringify(resolve("@polyflow/sdk"))} }`;
  return {
    name: "polyflow-child-program",
    setup(esbuild) {
      esbuild.onResolve({ filter: /^polyflow:main$/ }, () => ({ path: "main", namespace: "polyflow" }));
      esbuild.onLoad({ filter: /.*/, namespace: "polyflow" }, () => ({
        contents: `import ${JSON.stringify(main)};\nimport { useCompiledPackages } from "@polyflow/sdk/runtime";\nuseCompiledPackages(${packages});\n`,
        resolveDir: dirname(main),
        loader: "js",
      }));
    },
  };
}

/** Our packages are compiled with it, those of others stay where they are; files that are looked for beside a source are found there. */
function ownSources(sourceOf: (specifier: string) => string): Plugin {
  return {
    name: "polyflow-sources",
    setup(esbuild) {
      esbuild.onResolve({ filter: /^[^./]/ }, ({ path, namespace }) => {
        if (namespace === "polyflow" || path.startsWith("polyflow:")) return undefined;
        return path.startsWith("@polyflow/") ? { path: sourceOf(path) } : { path, external: true };
      });
      esbuild.onLoad({ filter: /python\.ts$/ }, async ({ path }) => ({
        contents: (await readFile(path, "utf8")).replaceAll(/import\.meta\.dirname/g, () => JSON.stringify(dirname(path))),
        loader: "ts",
      }));
    },
  };
}
