import { readdirSync, readFileSync } from "node:fs";

/** Parent of each living process, read from /proc. Zombies count as dead. */
function parents(): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = readStat(entry);
    if (stat !== undefined && stat.state !== "Z") found.set(Number(entry), stat.parent);
  }
  return found;
}

function readStat(pid: string): { readonly state: string; readonly parent: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state = "", parent = "0"] = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state, parent: Number(parent) };
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOENT" || code === "ESRCH";
}

/** A process and all that it has started, directly or not, deepest first. */
export function processTree(rootPid: number): readonly number[] {
  const parentOf = parents();
  const tree: number[] = parentOf.has(rootPid) ? [rootPid] : [];
  for (let index = 0; index < tree.length; index++) {
    for (const [pid, parent] of parentOf) if (parent === tree[index]) tree.push(pid);
  }
  return tree.reverse();
}

export function isAlive(pid: number): boolean {
  const stat = readStat(String(pid));
  return stat !== undefined && stat.state !== "Z";
}

/** kill -9 of the whole tree at once: every process is stopped first, so that none can react to the death of another. */
export function killTree(rootPid: number): readonly number[] {
  const pids = processTree(rootPid);
  for (const signal of ["SIGSTOP", "SIGKILL"] as const) {
    for (const pid of pids) signalIfAlive(pid, signal);
  }
  return pids;
}

function signalIfAlive(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}
