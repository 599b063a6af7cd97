import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Debian packages that tests use: the command that shows whether one is there, and what goes without it. */
const PACKAGES = [{ name: "chromium", command: "chromium", without: "the browser tests" }];

/** Installs what is missing where we may (root on Debian or its kin); says what will be skipped where we may not. */
export function ensureSystemPackages() {
  const missing = PACKAGES.filter(({ command }) => !isOnPath(command));
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name);
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) {
    console.error(`${names.join(", ")} not found: ${missing.map(({ without }) => without).join(", ")} will be skipped.`);
    return;
  }
  console.error(`Installing Debian packages for the tests: ${names.join(", ")} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const install = () =>
    spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...names], { stdio: ["ignore", "ignore", "inherit"], env });
  if (install().status === 0) return;
  spawnSync("apt-get", ["update", "-qq"], { stdio: ["ignore", "ignore", "inherit"], env });
  if (install().status !== 0)
    console.error(`${names.join(", ")} could not be installed: ${missing.map(({ without }) => without).join(", ")} will be skipped.`);
}

function isOnPath(command) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, command)));
}
