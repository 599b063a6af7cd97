import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { PolyflowError } from "@polyflow/contracts";
import { z } from "zod";
import type { HomeFolder } from "./home-folder.ts";
import { isRunning, runningProcess, thisProcess } from "./running-process.ts";

const lockContent = z.object({ process: runningProcess, command: z.string() });
export type LockHolder = z.infer<typeof lockContent>;

/** The one process that may write in a home folder. */
export interface HomeLock {
  release(): Promise<void>;
}

/**
 * Takes the lock of a home folder; that of a dead process is taken over.
 * @param command what holds it, for the message that others get: "polyflow standalone"
 * @throws PolyflowError `home_in_use` naming the process that has it.
 */
export async function lockHome(home: HomeFolder, command: string): Promise<HomeLock> {
  const own = `${home.lockFile}.${process.pid}`;
  const content: LockHolder = { process: thisProcess(), command };
  await writeFile(own, JSON.stringify(content), { mode: 0o600 });
  try {
    while (!(await linked(own, home.lockFile))) {
      const holder = await readHolder(home.lockFile);
      if (holder !== undefined && isRunning(holder.process)) throw inUse(home, holder);
      await clearDead(home.lockFile);
    }
  } finally {
    await rm(own, { force: true });
  }
  return { release: () => rm(home.lockFile, { force: true }) };
}

/** The live process that has the home folder; undefined when nobody has. */
export async function lockHolder(home: HomeFolder): Promise<LockHolder | undefined> {
  const holder = await readHolder(home.lockFile);
  return holder !== undefined && isRunning(holder.process) ? holder : undefined;
}

/** A hard link is made or refused as one step, with its content there from the beginning. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

/** Moves a dead lock away before removing it; if another process has replaced it by its own meanwhile, that goes back. */
async function clearDead(lockFile: string): Promise<void> {
  const aside = `${lockFile}.dead.${process.pid}`;
  try {
    await rename(lockFile, aside);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return;
    throw error;
  }
  const moved = await readHolder(aside);
  if (moved !== undefined && isRunning(moved.process)) await linked(aside, lockFile);
  await rm(aside, { force: true });
}

async function readHolder(file: string): Promise<LockHolder | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const content = lockContent.safeParse(JSON.parse(text));
  return content.success ? content.data : undefined;
}

function inUse(home: HomeFolder, holder: LockHolder): PolyflowError {
  return new PolyflowError(
    "home_in_use",
    `"${home.dir}" is in use by process ${holder.process.pid} (${holder.command}). Stop it first, or choose another --home.`,
    { details: { pid: holder.process.pid } },
  );
}
