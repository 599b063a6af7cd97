import { execFile, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createEmbeddedPostgres } from "@polyflow/embedded-postgres";
import { silentLogger, systemClock } from "@polyflow/service-kit";
import { eventually } from "../../tests/harness/eventually.ts";
import { type BenchOptions, scaled } from "../bench-result.ts";
import { median } from "../statistics.ts";

const FOLDER = import.meta.dirname;
const JOBS = 10_000;
const run = promisify(execFile);

/** How each runs its jobs and how safe they are: compare only what is alike. */
const PEERS = {
  "graphile-worker": { isolation: "in process", durability: "commit on disk" },
  "pg-boss": { isolation: "in process", durability: "commit on disk" },
  bullmq: { isolation: "in process", durability: "every write on disk (AOF always)" },
} as const;

export type PeerOptions = Pick<BenchOptions, "rounds" | "scale">;

/** No-op jobs through another queue on this machine in the same run. */
export interface PeerResult {
  readonly name: string;
  readonly isolation: string;
  readonly durability: string;
  readonly jobs: number;
  /** Median of the rounds: from the start of the worker until the last of the jobs, which were enqueued before. */
  readonly totalMs: number;
  readonly jobsPerSecond: number;
}

/**
 * Measures graphile-worker and pg-boss on a PostgreSQL of their own with the settings of Polyflow's, and BullMQ on Redis where there is one
 * (every write on the disk, as PostgreSQL has it). None of them knows graphs: these are bare jobs, the upper bound of what a graph could do.
 */
export async function measurePeers({ rounds, scale }: PeerOptions): Promise<readonly PeerResult[]> {
  install();
  const results: PeerResult[] = [];
  await withPostgres(async (url) => {
    for (const name of ["graphile-worker", "pg-boss"] as const) results.push(await measure(name, url, { rounds, scale }));
  });
  await withRedis(async (url) => {
    results.push(await measure("bullmq", url, { rounds, scale }));
  });
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

async function measure(name: keyof typeof PEERS, url: string, { rounds, scale }: PeerOptions): Promise<PeerResult> {
  const jobs = scaled(JOBS, scale, 100);
  const { stdout } = await run(process.execPath, [join(FOLDER, "run-peer.mjs"), name, url, String(jobs), String(rounds)], {
    timeout: 600_000,
  });
  const totalMs = median(JSON.parse(stdout.trim().split("\n").at(-1) ?? "[]") as number[]);
  return { name, ...PEERS[name], jobs, totalMs, jobsPerSecond: (jobs * 1000) / totalMs };
}

async function withPostgres(work: (url: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "polyflow-peers-"));
  const server = createEmbeddedPostgres({ dir: join(dir, "postgres"), logger: silentLogger, clock: systemClock });
  try {
    await server.start();
    await work(server.connectionUrl("postgres"));
  } finally {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function withRedis(work: (url: string) => Promise<void>): Promise<void> {
  if (spawnSync("redis-server", ["--version"]).status !== 0)
    return console.error("bullmq is left out: needs redis-server (apt-get install redis-server).");
  const dir = mkdtempSync(join(tmpdir(), "polyflow-redis-"));
  const port = await freePort();
  const options = [
    "--bind",
    "127.0.0.1",
    "--port",
    String(port),
    "--dir",
    dir,
    "--appendonly",
    "yes",
    "--appendfsync",
    "always",
    "--save",
    "",
  ];
  const server = spawn("redis-server", options, { stdio: "ignore" });
  try {
    await eventually("Redis to answer", () => (spawnSync("redis-cli", ["-p", String(port), "ping"]).status === 0 ? true : undefined));
    await work(`redis://127.0.0.1:${port}`);
  } finally {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill();
    await ended;
    rmSync(dir, { recursive: true, force: true });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
