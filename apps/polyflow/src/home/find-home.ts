import { existsSync, readFileSync, statSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { isRunning, runningProcess, thisProcess } from "./running-process.ts";

const activeHome = z.object({ home: z.string(), process: runningProcess });
type ActiveHome = z.infer<typeof activeHome>;

/** The repository this file belongs to. */
export const CHECKOUT: string = fileURLToPath(new URL("../../../../", import.meta.url));

export interface HomeRequest {
  /** `--home` */
  readonly flag: string | undefined;
  readonly environment: { readonly [name: string]: string | undefined };
  readonly cwd: string;
}

/** The home folder a command works on: `--home`, `POLYFLOW_HOME`, the one last started from here, or `pf-home` in the checkout. */
export function findHome(request: HomeRequest): string {
  const named = request.flag ?? request.environment["POLYFLOW_HOME"];
  if (named !== undefined && named !== "") return resolve(request.cwd, named);
  return readActiveHome(request.cwd)?.home ?? join(CHECKOUT, "pf-home");
}

/** Where a start without `--home` and `POLYFLOW_HOME` writes, whatever was started before. */
export function findHomeToStart(request: HomeRequest): string {
  const named = request.flag ?? request.environment["POLYFLOW_HOME"];
  return named !== undefined && named !== "" ? resolve(request.cwd, named) : join(CHECKOUT, "pf-home");
}

/** Notes for later commands in this folder which home was started from here, unless another one from here that still runs is noted. */
export async function rememberActiveHome(cwd: string, home: string): Promise<void> {
  const noted = readNote(cwd);
  if (noted !== undefined && noted.home !== home && isRunning(noted.process)) return;
  const dir = join(cwd, ".polyflow");
  await mkdir(dir, { recursive: true });
  const own = join(dir, `active.json.${process.pid}`);
  await writeFile(own, `${JSON.stringify({ home, process: thisProcess() }, undefined, 2)}\n`);
  await rename(own, join(dir, "active.json"));
}

/** The note of the folder or of the nearest one above it. */
function readActiveHome(cwd: string): ActiveHome | undefined {
  for (let dir = resolve(cwd); ; dir = dirname(dir)) {
    const noted = readNote(dir);
    if (noted !== undefined || dir === dirname(dir)) return noted;
  }
}

/** A note of another user's (in a shared folder such as /tmp) is none of ours: it would send commands, and tokens, to their server. */
function readNote(dir: string): ActiveHome | undefined {
  const file = join(dir, ".polyflow", "active.json");
  if (!existsSync(file) || statSync(file).uid !== (process.getuid?.() ?? 0)) return undefined;
  const found = activeHome.safeParse(JSON.parse(readFileSync(file, "utf8")));
  return found.success && existsSync(found.data.home) ? found.data : undefined;
}
