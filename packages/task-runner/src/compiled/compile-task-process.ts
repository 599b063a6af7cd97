import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

const MAIN = fileURLToPath(new URL("../child/main.ts", import.meta.url));
/** What bundles and providers import as well: one module for them and the task process, or classes would exist twice. */
const SHARED = {
  "@polyflow/sdk": "sdk",
  "@polyflow/sdk/runtime": "sdk-runtime",
  "@polyflow/contracts": "contracts",
  "@polyflow/contracts/wire": "contracts-wire",
} as const;

/**
 * A program: compiles the task process and what it shares with authors' bundles into a few files: a process then starts in half the time and processor
 * time that a hundred TypeScript modules take.
 * @param folder absolute; gets `main.mjs` and the files beside it
 */
async function compileTaskProcess(folder: string): Promise<void> {
  const files = Object.fromEntries(Object.entries(SHARED).map(([specifier, name]) => [specifier, `${name}.mjs`]));
  await build({
    entryPoints: {
      main: "polyflow:main",
      ...Object.fromEntries(Object.entries(SHARED).map(([specifier, name]) => [name, sourceOf(specifier)])),
    },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node22",
    charset: "utf8",
    legalComments: "none",
    logLevel: "silent",
    plugins: [entry(files), ownSources],
  });
}

function entry(files: Readonly<Record<string, string>>): Plugin {
  const packages = `{ folder: new URL("./", import.meta.url).href, files: ${JSON.stringify(files)}, source: ${JSON.stringify(import.meta.resolve("@polyflow/sdk"))} }`;
  return {
    name: "polyflow-task-process",
    setup(esbuild) {
      esbuild.onResolve({ filter: /^polyflow:main$/ }, () => ({ path: "main", namespace: "polyflow" }));
      esbuild.onLoad({ filter: /.*/, namespace: "polyflow" }, () => ({
        contents: `import ${JSON.stringify(MAIN)};\nimport { useCompiledPackages } from "@polyflow/sdk/runtime";\nuseCompiledPackages(${packages});\n`,
        resolveDir: dirname(MAIN),
        loader: "js",
      }));
    },
  };
}

/** Our packages are compiled with it, those of others stay where they are; files that are looked for beside a source are found there. */
const ownSources: Plugin = {
  name: "polyflow-sources",
  setup(esbuild) {
    esbuild.onResolve({ filter: /^[^./]/ }, ({ path, namespace }) => {
      if (namespace === "polyflow" || path.startsWith("polyflow:")) return undefined;
      return path.startsWith("@polyflow/") ? { path: sourceOf(path) } : { path, external: true };
    });
    esbuild.onLoad({ filter: /python\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replaceAll("import.meta.dirname", JSON.stringify(dirname(path))),
      loader: "ts",
    }));
  },
};

function sourceOf(specifier: string): string {
  return fileURLToPath(import.meta.resolve(specifier));
}

const [, , folder] = process.argv;
if (folder === undefined) throw new Error("Which folder?");
await compileTaskProcess(folder);
