import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { isRunning, type RunningProcess, runningProcess, thisProcess } from "./running-process.ts";

const activeHome = z.object({ home: z.string(), process: runningProcess });

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

/** Notes for later commands in this folder which home was started from here, unless another one that still runs is noted. */
export async function rememberActiveHome(cwd: string, home: string): Promise<void> {
  const noted = readActiveHome(cwd);
  if (noted !== undefined && noted.home !== home && isRunning(noted.process)) return;
  const dir = join(cwd, ".polyflow");
  await mkdir(dir, { recursive: true });
  const own = join(dir, `active.json.${process.pid}`);
  await writeFile(own, `${JSON.stringify({ home, process: thisProcess() }, undefined, 2)}\n`);
  await rename(own, join(dir, "active.json"));
}

function readActiveHome(cwd: string): { readonly home: string; readonly process: RunningProcess } | undefined {
  for (let dir = resolve(cwd); ; dir = dirname(dir)) {
    const file = join(dir, ".polyflow", "active.json");
    if (existsSync(file)) {
      const found = activeHome.safeParse(JSON.parse(readFileSync(file, "utf8")));
      if (found.success && existsSync(found.data.home)) return found.data;
    }
    if (dir === dirname(dir)) return undefined;
  }
}
