/** Builds the web interface into apps/web/dist when what it is made of has changed. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const WEB = join(ROOT, "apps/web");
const INPUTS = ["apps/web", "packages/contracts", "packages/api-client", "package-lock.json"];
const NOT_INPUT = /(^|\/)(node_modules|dist|dist\.next|coverage)(\/|$)|\.test\.tsx?$/;
const STAMP = join(WEB, "dist", ".polyflow-inputs");

export async function buildWeb(): Promise<void> {
  const inputs = hashOfInputs();
  if (existsSync(STAMP) && readFileSync(STAMP, "utf8") === inputs) return;
  console.error("Building the web interface …");
  const started = performance.now();
  // Built beside its place, so that a running server never serves half of it.
  const vite = join(ROOT, "node_modules/vite/bin/vite.js");
  const done = spawnSync(process.execPath, [vite, "build", "--outDir", "dist.next", "--emptyOutDir", "--logLevel", "warn"], {
    cwd: WEB,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (done.status !== 0) throw new Error("The web interface could not be built (see above).");
  writeFileSync(join(WEB, "dist.next", ".polyflow-inputs"), inputs);
  rmSync(join(WEB, "dist"), { recursive: true, force: true });
  renameSync(join(WEB, "dist.next"), join(WEB, "dist"));
  console.error(`Web interface built in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
}

function hashOfInputs(): string {
  const hash = createHash("sha256");
  for (const path of INPUTS.flatMap((input) => filesBelow(input)).sort()) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(ROOT, path)))
      .update("\0");
  }
  return hash.digest("hex");
}

function filesBelow(path: string): readonly string[] {
  const absolute = join(ROOT, path);
  if (NOT_INPUT.test(path) || !existsSync(absolute)) return [];
  if (!statSync(absolute).isDirectory()) return [path];
  return readdirSync(absolute).flatMap((name) => filesBelow(`${path}/${name}`));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildWeb();
