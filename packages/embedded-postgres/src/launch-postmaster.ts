import { type ChildProcess, spawn } from "node:child_process";
import { close, open, read, stat } from "node:fs";
import { rename } from "node:fs/promises";
import { promisify } from "node:util";
import type { Clock } from "@polyflow/service-kit";
import type { ClusterPaths } from "./initialise-cluster.ts";
import { commandAs, type OperatingUser } from "./operating-user.ts";
import type { PostgresBinaries } from "./postgres-binaries.ts";
import { isServerAlive, type PostmasterFile, readPostmasterFile } from "./postmaster-file.ts";

/** How often the server's lock file is read while it starts. */
const READY_POLL_MS = 5;
const LONGEST_LOG_BYTES = 10_000_000;

export interface Launch {
  readonly paths: ClusterPaths;
  readonly binaries: PostgresBinaries;
  readonly user: OperatingUser;
  readonly port: number;
  readonly socketDir: string;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

export type LaunchResult =
  | { readonly kind: "ready"; readonly file: PostmasterFile; readonly child: ChildProcess }
  /** It ended before it was ready; `output` is what it said. */
  | { readonly kind: "ended"; readonly output: string };

const openFile = promisify(open);
const closeFile = promisify(close);
const statFile = promisify(stat);

/** Starts the server in a session of its own, so that a Ctrl-C in the terminal reaches Polyflow alone, and waits until it takes connections. */
export async function launchPostmaster(launch: Launch): Promise<LaunchResult> {
  const { paths, clock } = launch;
  await rotateLog(paths.log);
  const log = await openFile(paths.log, "a", 0o600);
  const logStart = (await statFile(paths.log)).size;
  const child = spawnPostmaster(launch, log);
  let ended: string | undefined;
  // Before anything is awaited: a server that cannot start ends at once.
  child.once("error", (error) => {
    ended = error.message;
  });
  child.once("exit", (code, signal) => {
    ended ??= `it ended with ${signal ?? `code ${code}`}`;
  });
  await closeFile(log);
  const deadline = clock.monotonicMs() + launch.timeoutMs;
  while (ended === undefined) {
    const file = await readPostmasterFile(paths.data);
    if (file?.status === "ready" && file.pid === child.pid) return { kind: "ready", file, child };
    if (clock.monotonicMs() > deadline) {
      child.kill("SIGQUIT");
      ended = `it was not ready after ${launch.timeoutMs / 1000} s`;
    }
    await pause(clock, READY_POLL_MS);
  }
  return { kind: "ended", output: `${await readFrom(paths.log, logStart)}${ended}` };
}

function spawnPostmaster(launch: Launch, log: number): ChildProcess {
  const { paths, binaries, user } = launch;
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: process.platform === "win32" ? "" : launch.socketDir,
    unix_socket_permissions: "0700",
    cluster_name: "polyflow",
  };
  const args = [
    "-D",
    paths.data,
    "-p",
    `${launch.port}`,
    ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ];
  const command = commandAs(user, binaries.postgres, args);
  const child = spawn(command.program, command.args, {
    ...command.ids,
    cwd: paths.dir,
    detached: true,
    stdio: ["ignore", log, log],
  });
  child.unref();
  return child;
}

/** Waits until no server of this cluster is alive. @returns false when it still is after `timeoutMs`. */
export async function waitForEnd(
  pid: number,
  dataDir: string,
  options: { readonly clock: Clock; readonly timeoutMs: number },
): Promise<boolean> {
  const deadline = options.clock.monotonicMs() + options.timeoutMs;
  while (await isServerAlive(pid, dataDir)) {
    if (options.clock.monotonicMs() > deadline) return false;
    await pause(options.clock, READY_POLL_MS);
  }
  return true;
}

export function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.schedule(delayMs, resolve);
  });
}

async function rotateLog(path: string): Promise<void> {
  const size = await statFile(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size > LONGEST_LOG_BYTES) await rename(path, `${path}.1`);
}

async function readFrom(path: string, position: number): Promise<string> {
  const file = await openFile(path, "r");
  try {
    const answer = await promisify(read)(file, Buffer.alloc(4000), 0, 4000, position);
    return answer.buffer.toString("utf8", 0, answer.bytesRead);
  } finally {
    await closeFile(file);
  }
}
