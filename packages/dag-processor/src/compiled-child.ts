import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Plugin } from "esbuild";
import { runEsbuild } from "./esbuild-service.ts";

/** The child half as JavaScript, by URL. Nothing is written: a process gets it by IPC, see `child/entry.mjs`. */
export interface CompiledChild {
  readonly mainUrl: string;
  readonly files: Readonly<Record<string, string>>;
}

const MAIN = fileURLToPath(new URL("./child/main.ts", import.meta.url));
/** Stands for a folder that does not exist. */
const FOLDER = join(import.meta.dirname, "child/compiled");
const FOLDER_URL = `${pathToFileURL(FOLDER).href}/`;
/** What bundles and providers import as well: one module for them and the child, or classes would exist twice. */
const SHARED = {
  "@polyflow/sdk": "sdk",
  "@polyflow/sdk/runtime": "sdk-runtime",
  "@polyflow/contracts": "contracts",
  "@polyflow/contracts/wire": "contracts-wire",
} as const;

/** Compiles the child half with what it shares with bundles into a few files: a process is then ready in half of the time that a hundred modules take. */
export async function compileChild(): Promise<CompiledChild> {
  const { outputFiles } = await runEsbuild({
    entryPoints: {
      main: "polyflow:main",
      ...Object.fromEntries(Object.entries(SHARED).map(([specifier, name]) => [name, sourceOf(specifier)])),
    },
    outdir: FOLDER,
    outExtension: { ".js": ".mjs" },
    write: false,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node22",
    charset: "utf8",
    legalComments: "none",
    logLevel: "silent",
    plugins: [entry, ownSources],
  });
  return {
    mainUrl: `${FOLDER_URL}main.mjs`,
    files: Object.fromEntries(outputFiles.map(({ path, text }) => [pathToFileURL(path).href, text])),
  };
}

const entry: Plugin = {
  name: "polyflow-evaluation-process",
  setup(esbuild) {
    const files = Object.fromEntries(Object.entries(SHARED).map(([specifier, name]) => [specifier, `${name}.mjs`]));
    const packages = { folder: FOLDER_URL, files, source: import.meta.resolve("@polyflow/sdk") };
    esbuild.onResolve({ filter: /^polyflow:main$/ }, () => ({ path: "main", namespace: "polyflow" }));
    esbuild.onLoad({ filter: /.*/, namespace: "polyflow" }, () => ({
      contents: `import ${JSON.stringify(MAIN)};\nimport { useCompiledPackages } from "@polyflow/sdk/runtime";\nuseCompiledPackages(${JSON.stringify(packages)});\n`,
      resolveDir: dirname(MAIN),
      loader: "js",
    }));
  },
};

/** Our packages are compiled with it, those of others stay where they are; files that are looked for beside a source are found there. */
const ownSources: Plugin = {
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

function sourceOf(specifier: string): string {
  return fileURLToPath(import.meta.resolve(specifier));
}
