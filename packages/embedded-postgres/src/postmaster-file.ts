import { readFile, readlink, realpath, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** What PostgreSQL's own lock file says of the server process. */
export interface PostmasterFile {
  readonly pid: number;
  readonly port: number;
  readonly socketDir: string;
  readonly status: "starting" | "ready" | "stopping";
}

/** Reads `postmaster.pid`; undefined when it is missing or not fully written yet. */
export async function readPostmasterFile(dataDir: string): Promise<PostmasterFile | undefined> {
  const text = await readFile(join(dataDir, "postmaster.pid"), "utf8").catch(() => undefined);
  const lines = text?.split("\n").map((line) => line.trim()) ?? [];
  const [pid, , , port, socketDir, , , status] = lines;
  if (pid === undefined || port === undefined || socketDir === undefined) return undefined;
  const known = status === "ready" || status === "stopping" ? status : "starting";
  return { pid: Number(pid), port: Number(port), socketDir, status: known };
}

/**
 * Removes a lock file without content, with which PostgreSQL refuses to start for ever. A server that starts fills its own within
 * microseconds: ask only after waiting. @returns whether there was one.
 */
export async function removeEmptyPostmasterFile(dataDir: string): Promise<boolean> {
  const path = join(dataDir, "postmaster.pid");
  const size = await stat(path).then(
    (file) => file.size,
    () => undefined,
  );
  if (size !== 0) return false;
  await rm(path);
  return true;
}

/**
 * Whether a process is alive and is the server of this cluster. A zombie is dead: where process 1 is slow to reap, a killed server
 * would look alive for a while. On systems without /proc a live process of that number is taken for the server.
 */
export async function isServerAlive(pid: number, dataDir: string): Promise<boolean> {
  if (!isProcessAlive(pid)) return false;
  if (process.platform !== "linux") return true;
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const state = stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
  if (state === "" || state === "Z" || state === "X") return false;
  const workingFolder = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  return workingFolder === undefined || workingFolder === (await realpath(dataDir));
}

function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
