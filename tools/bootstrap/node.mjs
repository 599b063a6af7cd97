// Runs on any Node from 20 on, with nothing installed: makes sure that what follows runs on a Node that Polyflow supports.
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const OLDEST = [22, 18];
const PARENT_POLL_MS = 250;
const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Returns at once on a Node that is new enough. Otherwise runs this program again on the pinned Node and never returns. */
export async function ensureNode() {
  if (isSupported(process.versions.node)) return;
  const node = pinnedNode();
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ""}` };
  const child = spawn(node, [...process.execArgv, ...process.argv.slice(1)], { stdio: "inherit", env });
  for (const signal of FORWARDED) process.on(signal, () => child.kill(signal));
  whenOrphaned(() => child.kill("SIGTERM"));
  await new Promise((resolve) => {
    child.once("exit", (code, signal) => {
      process.exitCode = code ?? (signal === null ? 1 : 128 + signalNumber(signal));
      resolve(undefined);
    });
  });
  process.exit();
}

/**
 * Calls back once when the process that started this one is gone. npm runs a script through a shell, and a signal that ends npm and
 * that shell alone would leave what they had started running for ever.
 */
export function whenOrphaned(callback) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    callback();
  }, PARENT_POLL_MS);
  timer.unref();
}

function isSupported(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

/** The path of the pinned Node; fetched from the package registry into `.toolchain/` the first time. */
function pinnedNode() {
  const manifest = JSON.parse(readFileSync(join(ROOT, "tools/bootstrap/toolchain/package.json"), "utf8"));
  const packageName = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const version = manifest.optionalDependencies[packageName];
  if (version === undefined) {
    fail(
      `Polyflow needs Node ${OLDEST.join(".")} or newer; this is ${process.versions.node}, and there is no package with a newer one for ` +
        `${process.platform} on ${process.arch}. Install Node 24 from https://nodejs.org and try again.`,
    );
  }
  const folder = join(ROOT, ".toolchain", `node-${version}`);
  const node = join(folder, "node_modules", packageName, "bin", process.platform === "win32" ? "node.exe" : "node");
  if (!existsSync(node)) fetchNode(folder, version);
  return node;
}

function fetchNode(folder, version) {
  console.error(`Node ${process.versions.node} is too old for Polyflow: fetching Node ${version} into .toolchain/ …`);
  const temporary = `${folder}.${process.pid}`;
  mkdirSync(temporary, { recursive: true });
  for (const name of ["package.json", "package-lock.json"]) cpSync(join(ROOT, "tools/bootstrap/toolchain", name), join(temporary, name));
  const done = spawnSync(process.execPath, [npmCli(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: temporary,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (done.status !== 0) {
    rmSync(temporary, { recursive: true, force: true });
    fail("Node could not be fetched (see above). With Node 22.18 or newer on the PATH it is not needed.");
  }
  try {
    renameSync(temporary, folder);
  } catch (error) {
    // Another start was faster.
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}

/** The npm that runs us, or the one on the PATH, as a script for `node`. */
export function npmCli() {
  const running = process.env.npm_execpath;
  if (running?.endsWith("npm-cli.js") && existsSync(running)) return running;
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const beside = join(folder, "node_modules", "npm", "bin", "npm-cli.js"); // Windows
    if (existsSync(beside)) return beside;
    const command = join(folder, "npm");
    if (!existsSync(command)) continue;
    const target = realpathSync(command);
    if (target.endsWith("npm-cli.js")) return target;
  }
  return fail("npm was not found on the PATH.");
}

function signalNumber(signal) {
  return { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal] ?? 1;
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
