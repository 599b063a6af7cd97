import { type Bench, type BenchOptions, type BenchResult, scaled } from "../bench-result.ts";
import { peerCells } from "../peers/peer-rows.ts";
import { measurePeers, type PeerMeasured } from "../peers/peers.ts";
import { median, quantile, short } from "../statistics.ts";
import { BenchSystem } from "../system/bench-system.ts";
import { monotonicMs, timedTaskSource } from "../system/times-file.ts";
import { until } from "../system/until.ts";

const WORKLOADS = [
  { name: "one task", dagId: "one_task", tasks: 1, runs: 1_000 },
  { name: "ten tasks", dagId: "ten_tasks", tasks: 10, runs: 200 },
] as const;
interface Workload {
  readonly dagId: string;
  readonly tasks: number;
  readonly runs: number;
}
const CLIENTS = 16;
const SINGLE_TRIGGERS = 100;
const PEER_JOBS = 1_000;
/** What a queue that looks every two seconds gets. */
const SLOW = { size: 5, rounds: 1 };
const SLOW_RATE = { size: 64, rounds: 1 };

/** B4: runs by REST, one after another and as many as the machine can do. */
export const runsBench: Bench = {
  name: "runs",
  summary: "B4: trigger by REST -> first task starts, one at a time (p50/p99); runs/s of one and of ten tasks with 16 clients",
  run: measureRuns,
};

async function measureRuns({ rounds, scale }: BenchOptions): Promise<BenchResult> {
  const system = await BenchSystem.start({
    files: (timesFile) => ({ "dags/runs.ts": runsSource(timesFile) }),
    env: { POLYFLOW__CORE__PARALLELISM: "128", POLYFLOW__WORKERS__SLOTS: "16" },
  });
  const rates = new Map<string, number[]>(WORKLOADS.map((workload) => [workload.dagId, []]));
  const startsMs: number[] = [];
  try {
    for (const { dagId } of WORKLOADS) await system.client.waitForDag(dagId);
    for (let round = 0; round <= rounds; round++) {
      const starts = await oneAtATime(system, scaled(SINGLE_TRIGGERS, scale, 10));
      const measured = await ratesOf(system, scale);
      if (round === 0) continue; // warms up
      startsMs.push(...starts);
      for (const [dagId, rate] of measured) rates.get(dagId)?.push(rate);
    }
  } finally {
    await system.remove();
  }
  const singles = await measurePeers("starts", { size: scaled(SINGLE_TRIGGERS, scale, 10), rounds, slow: SLOW });
  const peerRates = await measurePeers("rate", { size: scaled(PEER_JOBS, scale, 50), rounds, slow: SLOW_RATE });
  return report({ rates, startsMs, singles, peerRates }, rounds);
}

async function oneAtATime({ client, times }: BenchSystem, triggers: number): Promise<readonly number[]> {
  const startsMs: number[] = [];
  for (let index = 0; index < triggers; index++) {
    const triggeredMs = monotonicMs();
    const runId = await client.trigger("one_task");
    let startMs: number | undefined;
    await until(
      "the task to run",
      () => {
        startMs = times.readNew().find((time) => time.runId === runId)?.startMs ?? startMs;
        return startMs !== undefined;
      },
      { everyMs: 1 },
    );
    startsMs.push((startMs ?? 0) - triggeredMs);
  }
  return startsMs;
}

async function ratesOf(system: BenchSystem, scale: number): Promise<ReadonlyMap<string, number>> {
  const rates = new Map<string, number>();
  for (const workload of WORKLOADS)
    rates.set(workload.dagId, await asManyAsPossible(system, { ...workload, runs: scaled(workload.runs, scale, 10) }));
  return rates;
}

/** Runs per second from the first trigger until the last task has ended. */
async function asManyAsPossible({ client, times }: BenchSystem, workload: Workload): Promise<number> {
  const startMs = monotonicMs();
  let triggered = 0;
  const triggerNext = async (): Promise<void> => {
    while (triggered < workload.runs) {
      triggered += 1;
      await client.trigger(workload.dagId);
    }
  };
  const clients = Promise.all(Array.from({ length: CLIENTS }, triggerNext));
  let ended = 0;
  let lastEndMs = 0;
  await until(`${workload.runs} runs`, () => {
    for (const time of times.readNew()) {
      ended += 1;
      lastEndMs = Math.max(lastEndMs, time.endMs);
    }
    return ended === workload.runs * workload.tasks;
  });
  await clients;
  return (workload.runs * 1000) / (lastEndMs - startMs);
}

function runsSource(timesFile: string): string {
  return `${timedTaskSource(timesFile)}
const options = { schedule: null, isolation: "reuse" as const, maxActiveRuns: 10_000 };
dag({ ...options, id: "one_task" }, () => void timed("only"));
dag({ ...options, id: "ten_tasks" }, () => chain(...Array.from({ length: 10 }, (_, index) => timed("t" + index))));
`;
}

interface RunsMeasured {
  readonly rates: ReadonlyMap<string, readonly number[]>;
  readonly startsMs: readonly number[];
  readonly singles: readonly PeerMeasured<"starts">[];
  readonly peerRates: readonly PeerMeasured<"rate">[];
}

function report({ rates, startsMs, singles, peerRates }: RunsMeasured, rounds: number): BenchResult {
  const results = {
    triggerToStartP50Ms: short(quantile(startsMs, 0.5)),
    triggerToStartP99Ms: short(quantile(startsMs, 0.99)),
    runsPerSecond: Object.fromEntries(WORKLOADS.map(({ name, dagId }) => [name, short(median(rates.get(dagId) ?? []))])),
  };
  const peers = singles.map(({ peer, numbers }, index) => ({
    ...peer,
    enqueueToStartP50Ms: short(quantile(numbers.startsMs, 0.5)),
    enqueueToStartP99Ms: short(quantile(numbers.startsMs, 0.99)),
    jobsPerSecond: short(median(peerRates[index]?.numbers.jobsPerSecond ?? [])),
  }));
  const [oneTask, tenTasks] = WORKLOADS.map(({ name }) => results.runsPerSecond[name] ?? "");
  return {
    title: `B4 runs: ${rounds} rounds, medians; durable commits, full history, ${CLIENTS} clients over HTTP. Peers: a job is enqueued by a call in the worker's process`,
    table: {
      columns: ["contender", "isolation", "durability", "trigger to start p50 ms", "p99 ms", "runs/s of one task", "of ten tasks"],
      rows: [
        [
          "polyflow, 16 slots",
          "reuse",
          "commit on disk",
          results.triggerToStartP50Ms,
          results.triggerToStartP99Ms,
          oneTask ?? "",
          tenTasks ?? "",
        ],
        ...peers.map((peer) => [...peerCells(peer), peer.enqueueToStartP50Ms, peer.enqueueToStartP99Ms, peer.jobsPerSecond, ""]),
      ],
    },
    json: { bench: "runs", rounds, results, peers },
  };
}
