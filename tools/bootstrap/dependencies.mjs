import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { npmCli, ROOT } from "./node.mjs";

/** Installs what package-lock.json names, unless that is what is there already. */
export function ensureDependencies() {
  const lock = readFileSync(join(ROOT, "package-lock.json"));
  const stamp = join(ROOT, "node_modules", ".polyflow-installed");
  const wanted = createHash("sha256").update(lock).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  if (!isInstalled(JSON.parse(lock.toString("utf8")))) install();
  writeFileSync(stamp, wanted);
}

function install() {
  console.error("Installing dependencies …");
  const started = performance.now();
  const done = spawnSync(process.execPath, [npmCli(), "ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (done.status !== 0) {
    console.error("The dependencies could not be installed (see above).");
    process.exit(1);
  }
  console.error(`Dependencies installed in ${((performance.now() - started) / 1000).toFixed(0)} s.`);
}

/** Whether npm's own list of what it has installed agrees with package-lock.json: then somebody ran npm by hand. */
function isInstalled(lock) {
  const list = join(ROOT, "node_modules", ".package-lock.json");
  if (!existsSync(list)) return false;
  const installed = JSON.parse(readFileSync(list, "utf8")).packages;
  return Object.entries(lock.packages).every(([path, wanted]) => {
    if (path === "" || !path.includes("node_modules")) return true;
    const found = installed[path];
    if (found === undefined) return wanted.optional === true || wanted.peer === true;
    return found.version === wanted.version && found.resolved === wanted.resolved && found.integrity === wanted.integrity;
  });
}
