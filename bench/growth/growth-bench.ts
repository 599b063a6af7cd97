import { setTimeout as pause } from "node:timers/promises";
import { type Bench, type BenchOptions, type BenchResult, scaled } from "../bench-result.ts";
import { peerCells } from "../peers/peer-rows.ts";
import { measurePeers } from "../peers/peers.ts";
import { median, short } from "../statistics.ts";
import { BenchSystem } from "../system/bench-system.ts";
import { cpuMsOf } from "../system/process-cost.ts";
import { monotonicMs, type TaskTime, timedTaskSource } from "../system/times-file.ts";
import { until } from "../system/until.ts";

const SIZES = [10, 10_000] as const;
/** Idle DAGs are spread over files of so many, as a generator would write them. */
const DAGS_PER_FILE = 100;
const CHAIN = 40;
const IDLE_MS = 10_000;
/** Time for all DAGs to be read before the common due time. */
const SETTLE_MS = 15_000;

/** B5: what many DAGs cost those that run. */
export const growthBench: Bench = {
  name: "growth",
  summary: "B5: 10 and 10,000 DAGs: idle CPU, hand-off of a chain, all due in the same second until every first task is queued",
  run: measureGrowth,
};

interface Measured {
  readonly dags: number;
  readonly idleCpuPercent: number;
  readonly handOffP50Ms: number;
  readonly dueToAllQueuedMs: number;
}

async function measureGrowth({ rounds, scale }: BenchOptions): Promise<BenchResult> {
  const results: Measured[] = [];
  for (const dags of SIZES.map((size) => scaled(size, scale, 10))) results.push(await measureSize(dags, rounds));
  const measured = await measurePeers("due", { size: scaled(SIZES[1], scale, 10), rounds: 1 });
  const peers = measured.map(({ peer, size, numbers }) => ({
    ...peer,
    size,
    dueToAllStartedMs: short(Math.max(...numbers.delaysMs)),
  }));
  const [few, many] = results;
  const ratio = (many?.handOffP50Ms ?? Number.NaN) / (few?.handOffP50Ms ?? Number.NaN);
  return {
    title: `B5 growth: ${rounds} rounds of the chain, medians; hand-off at ${many?.dags} DAGs is ${short(ratio)} x that at ${few?.dags}. Peers: as many jobs with one instant`,
    table: {
      columns: [
        "contender",
        "isolation",
        "durability",
        "DAGs or jobs",
        "idle % of a core",
        "hand-off p50 ms",
        "all due: ms until all are queued",
        "ms until all have started",
      ],
      rows: [
        ...results.map((r) => ["polyflow", "reuse", "commit on disk", r.dags, r.idleCpuPercent, r.handOffP50Ms, r.dueToAllQueuedMs, ""]),
        ...peers.map((peer) => [...peerCells(peer), peer.size, "", "", "", peer.dueToAllStartedMs]),
      ],
    },
    json: { bench: "growth", rounds, handOffRatio: short(ratio), results, peers },
  };
}

async function measureSize(dags: number, rounds: number): Promise<Measured> {
  const system = await BenchSystem.start({
    files: (timesFile) => ({ "dags/chain.ts": chainSource(timesFile), ...idleFiles(dags) }),
    env: { POLYFLOW__CORE__PARALLELISM: "32" },
  });
  try {
    await system.client.waitForDag("chain", 120_000);
    await allRead(system, dags);
    const idleCpuPercent = await idleCpu(system);
    const handOffs: number[] = [];
    for (let round = 0; round <= rounds; round++) {
      const measured = await chainHandOffs(system);
      if (round > 0) handOffs.push(...measured);
    }
    return {
      dags,
      idleCpuPercent: short(idleCpuPercent),
      handOffP50Ms: short(median(handOffs)),
      dueToAllQueuedMs: short(await allDueAtOnce(system, dags)),
    };
  } finally {
    await system.remove();
  }
}

async function allRead({ client }: BenchSystem, dags: number): Promise<void> {
  let count = 0;
  for (const deadline = performance.now() + 180_000; count < dags + 1; await pause(250)) {
    if (performance.now() > deadline) throw new Error(`only ${count} of ${dags + 1} DAGs were read within three minutes`);
    count = (await client.request<{ total_entries: number }>("GET", "/api/v2/dags?limit=1")).total_entries;
  }
}

async function idleCpu({ polyflow }: BenchSystem): Promise<number> {
  await pause(3_000);
  const before = cpuMsOf(polyflow.pid);
  await pause(IDLE_MS);
  return ((cpuMsOf(polyflow.pid) - before) * 100) / IDLE_MS;
}

async function chainHandOffs({ client, times }: BenchSystem): Promise<readonly number[]> {
  const runId = await client.trigger("chain");
  const seen: TaskTime[] = [];
  await until("the chain", () => {
    seen.push(...times.readNew().filter((time) => time.runId === runId));
    return seen.length === CHAIN;
  });
  seen.sort((a, b) => a.startMs - b.startMs);
  return seen.slice(1).map((time, index) => time.startMs - (seen[index]?.endMs ?? 0));
}

/** The idle files are written anew with one due time for all; from that instant until every run exists and its first task is queued. */
async function allDueAtOnce({ client, project }: BenchSystem, dags: number): Promise<number> {
  const before = await runCount(client);
  const settleMs = SETTLE_MS + dags * 4;
  const dueAt = new Date(Math.ceil((Date.now() + settleMs) / 1000) * 1000);
  for (const [path, text] of Object.entries(idleFiles(dags, dueAt))) project.write(path, text);
  await pause(dueAt.getTime() - Date.now());
  const startMs = monotonicMs();
  let done = 0;
  for (const deadline = startMs + 120_000; done < dags; ) {
    if (monotonicMs() > deadline) throw new Error(`${done} of ${dags} first tasks were queued two minutes after they were due`);
    done = (await runCount(client)) - before;
  }
  return monotonicMs() - startMs;
}

/** Runs that were started count as queued: with one task each, it is queued in the same step as far as there are slots. */
async function runCount(client: BenchSystem["client"]): Promise<number> {
  return (await client.request<{ total_entries: number }>("GET", "/api/v2/dags/~/dagRuns?limit=1")).total_entries;
}

function idleFiles(dags: number, dueAt?: Date): { readonly [path: string]: string } {
  const schedule =
    dueAt === undefined
      ? '"0 0 1 1 *"'
      : `"${dueAt.getUTCMinutes()} ${dueAt.getUTCHours()} ${dueAt.getUTCDate()} ${dueAt.getUTCMonth() + 1} * ${dueAt.getUTCSeconds()}"`;
  const files: { [path: string]: string } = {};
  for (let first = 0; first < dags; first += DAGS_PER_FILE) {
    const count = Math.min(DAGS_PER_FILE, dags - first);
    files[`dags/idle_${first}.ts`] = `import { dag, task } from "@polyflow/sdk";
const nothing = task("nothing", () => null);
for (let index = ${first}; index < ${first + count}; index++)
  dag({ id: "idle_" + index, schedule: ${schedule}, isPausedUponCreation: false, isolation: "reuse" }, () => void nothing());
`;
  }
  return files;
}

function chainSource(timesFile: string): string {
  return `${timedTaskSource(timesFile)}
dag({ id: "chain", schedule: null, isolation: "reuse" }, () => chain(...Array.from({ length: ${CHAIN} }, (_, index) => timed("t" + String(index).padStart(2, "0")))));
`;
}
