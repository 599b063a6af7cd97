import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { processTree } from "../../tests/harness/process-tree.ts";
import { pssKbOf } from "../system/process-cost.ts";
import { hasRedis, withPostgres, withRedis } from "./peer-servers.ts";

const FOLDER = import.meta.dirname;

/** One queue in one form, and how it runs its jobs and how safe they are: compare only what is alike. */
export interface Peer {
  readonly name: "graphile-worker" | "pg-boss" | "bullmq";
  /** `stock`: as it comes, but 16 jobs at a time; `tuned`: see contenders.mjs, and for BullMQ the settings of Redis. */
  readonly settings: "stock" | "tuned";
  readonly isolation: "in process";
  readonly durability: string;
  /** Stock pg-boss fetches every two seconds: what has many jobs, or many in a row, would take it hours. */
  readonly isSlow: boolean;
}

const COMMON = { isolation: "in process", isSlow: false } as const;
const ON_DISK = "commit on disk";

const ON_POSTGRES: readonly Peer[] = [
  { ...COMMON, name: "graphile-worker", settings: "stock", durability: ON_DISK },
  { ...COMMON, name: "graphile-worker", settings: "tuned", durability: ON_DISK },
  { ...COMMON, name: "pg-boss", settings: "stock", durability: ON_DISK, isSlow: true },
  { ...COMMON, name: "pg-boss", settings: "tuned", durability: ON_DISK },
];

const ON_REDIS: readonly Peer[] = [
  { ...COMMON, name: "bullmq", settings: "stock", durability: "Redis as it comes: a crash loses minutes" },
  { ...COMMON, name: "bullmq", settings: "tuned", durability: "every write on disk (AOF always)" },
];

/** What run-peer.mjs can measure; its numbers bear these names. */
export interface PeerNumbers {
  readonly drain: { readonly totalsMs: readonly number[] };
  readonly chain: { readonly handOffsMs: readonly number[]; readonly totalsMs: readonly number[] };
  readonly starts: { readonly startsMs: readonly number[] };
  readonly rate: { readonly jobsPerSecond: readonly number[] };
  readonly due: { readonly delaysMs: readonly number[] };
  readonly seconds: { readonly delaysMs: readonly number[] };
  readonly memory: { readonly idleMb: number; readonly waitingMb: number };
}

export interface PeerOptions {
  /** Jobs; of a row, of a round, or in all. */
  readonly size: number;
  readonly rounds: number;
  /** Size and rounds for a queue that fetches every two seconds; left out: it is left out. */
  readonly slow?: { readonly size: number; readonly rounds: number };
}

export interface PeerMeasured<Measure extends keyof PeerNumbers> {
  readonly peer: Peer;
  readonly size: number;
  readonly numbers: PeerNumbers[Measure];
}

/**
 * One measure of each queue, one after another, on a PostgreSQL of their own with the settings of Polyflow's, and on Redis where there is one.
 * None of them knows graphs, history or logs: these are bare jobs in the process of the worker, the upper bound of what a graph could do.
 */
export async function measurePeers<Measure extends keyof PeerNumbers>(
  measure: Measure,
  options: PeerOptions,
): Promise<readonly PeerMeasured<Measure>[]> {
  install();
  const results: PeerMeasured<Measure>[] = [];
  const measureOn = (peer: Peer) => async (url: string) => {
    const { size, rounds } = peer.isSlow && options.slow !== undefined ? options.slow : options;
    console.error(`${measure}: ${peer.name}, ${peer.settings} …`);
    results.push({ peer, size, numbers: await runPeer(peer, { url, measure, size, rounds }) });
  };
  for (const peer of ON_POSTGRES) if (!peer.isSlow || options.slow !== undefined) await withPostgres(measureOn(peer));
  if (!hasRedis()) console.error("bullmq is left out: needs redis-server (apt-get install redis-server).");
  else for (const peer of ON_REDIS) await withRedis({ isDurable: peer.settings === "tuned" }, measureOn(peer));
  return results;
}

/** Peers come from npm when they are first needed; they are no part of Polyflow's own installation. */
function install(): void {
  if (existsSync(join(FOLDER, "node_modules"))) return;
  console.error("Installing the queues to compare with …");
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], {
    cwd: FOLDER,
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0) throw new Error("The queues to compare with could not be installed (see above).");
}

interface PeerRun<Measure> {
  readonly url: string;
  readonly measure: Measure;
  readonly size: number;
  readonly rounds: number;
}

async function runPeer<Measure extends keyof PeerNumbers>(
  { name, settings }: Peer,
  { url, measure, size, rounds }: PeerRun<Measure>,
): Promise<PeerNumbers[Measure]> {
  const args = [join(FOLDER, "run-peer.mjs"), name, settings, url, measure, String(size), String(rounds)];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"], timeout: 600_000 });
  const memory = new Map<string, number>();
  let last = "";
  const exited = once(child, "exit");
  for await (const line of createInterface({ input: child.stdout })) {
    last = line;
    if (!line.startsWith("{")) lookAt(child, line, memory);
  }
  const [code] = (await exited) as [number | null];
  if (code !== 0) throw new Error(`${name} (${settings}, ${measure}) ended with ${String(code)} (see above)`);
  const seen = memory.size > 0 ? { idleMb: memory.get("idle"), waitingMb: memory.get("waiting") } : {};
  return { ...(JSON.parse(last) as PeerNumbers[Measure]), ...seen };
}

/** The queue has come to rest and waits: the memory of its process and of its database, and then it goes on. */
function lookAt(child: ChildProcess, what: string, memory: Map<string, number>): void {
  // All that this measurement has started and that still lives: the worker, and PostgreSQL or Redis.
  const started = processTree(process.pid).filter((pid) => pid !== process.pid);
  memory.set(what, started.reduce((sum, pid) => sum + pssKbOf(pid), 0) / 1024);
  child.stdin?.write("\n");
}
