import { existsSync, readFileSync } from "node:fs";
import { processTree } from "../../tests/harness/process-tree.ts";

/** Linux counts processor time in ticks of 10 ms. */
const TICK_MS = 10;

/** Processor time in ms of a process, all below it that live, and the children that it has waited for. */
export function cpuMsOf(rootPid: number): number {
  return processTree(rootPid).reduce((sum, pid) => sum + ticksOf(pid) * TICK_MS, 0);
}

function ticksOf(pid: number): number {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return 0;
  const text = readFileSync(file, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  // utime, stime, cutime, cstime: fields 14 to 17, counted from 1 with the name
  return fields.slice(11, 15).reduce((sum, value) => sum + Number(value), 0);
}

/** Memory of a process and all below it in MB: each shared page counted once, by its share (PSS). */
export function pssMbOf(rootPid: number): number {
  return processTree(rootPid).reduce((sum, pid) => sum + pssKbOf(pid), 0) / 1024;
}

export function pssKbOf(pid: number): number {
  const file = `/proc/${pid}/smaps_rollup`;
  if (!existsSync(file)) return 0;
  return Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(file, "utf8"))?.[1] ?? 0);
}
