import type { Bench, BenchOptions, BenchResult } from "../bench-result.ts";
import { peerCells } from "../peers/peer-rows.ts";
import { measurePeers, type PeerMeasured } from "../peers/peers.ts";
import { median, quantile, short } from "../statistics.ts";
import { PostgresFloor } from "./postgres-floor.ts";
import { BenchSystem } from "../system/bench-system.ts";
import { monotonicMs, type TaskTime } from "../system/times-file.ts";
import { CHAIN_WORKLOADS, type ChainWorkload, chainDagSource, dagIdOf } from "./workloads.ts";

const ISOLATIONS = ["reuse", "process"] as const;
type Isolation = (typeof ISOLATIONS)[number];

/** Jobs in a row; a queue that looks every two seconds gets fewer. */
const PEER_CHAIN = 40;
const SLOW_CHAIN = 6;

/** B1: hand-offs between dependent tasks of a run, on the whole system, next to the floor that PostgreSQL sets. */
export const chainBench: Bench = {
  name: "chain",
  summary: "B1: 40 no-op, 40 x fibonacci(10), 10 x fibonacci(33) in a row; hand-off p50/p99 and totals",
  run: measureChain,
};

interface Contender {
  readonly workload: ChainWorkload;
  readonly isolation: Isolation;
  /** Milliseconds from the end of a task to the start of the next, of all counted rounds. */
  readonly handOffsMs: number[];
  /** First start to last end, one per counted round. */
  readonly totalsMs: number[];
  /** Request to trigger until the first task starts, one per counted round. */
  readonly firstStartsMs: number[];
  readonly computeMs: number[];
}

async function measureChain({ rounds }: BenchOptions): Promise<BenchResult> {
  const floor = new PostgresFloor();
  const system = await BenchSystem.start({
    files: (timesFile) => Object.fromEntries(ISOLATIONS.map((isolation) => [`dags/${isolation}.ts`, chainDagSource(isolation, timesFile)])),
  });
  const contenders: Contender[] = ISOLATIONS.flatMap((isolation) =>
    CHAIN_WORKLOADS.map((workload) => ({ workload, isolation, handOffsMs: [], totalsMs: [], firstStartsMs: [], computeMs: [] })),
  );
  const floorMs: number[] = [];
  try {
    await floor.start();
    for (const { workload, isolation } of contenders) await system.client.waitForDag(dagIdOf(workload, isolation));
    for (let round = 0; round <= rounds; round++) {
      const handOffs = await floor.handOffs(40);
      if (round > 0) floorMs.push(...handOffs); // round 0 warms up
      for (const contender of contenders) await runOnce(system, contender, round > 0);
    }
  } finally {
    await system.remove();
    await floor.stop();
  }
  const peers = await measurePeers("chain", { size: PEER_CHAIN, rounds, slow: { size: SLOW_CHAIN, rounds: 1 } });
  return report({ contenders, floorMs, peers }, rounds);
}

async function runOnce({ client, times: file }: BenchSystem, contender: Contender, counted: boolean): Promise<void> {
  const { workload, isolation } = contender;
  const triggeredMs = monotonicMs();
  const runId = await client.trigger(dagIdOf(workload, isolation));
  const run = await client.waitForRun(dagIdOf(workload, isolation), runId, 120_000);
  const retried = run.tasks.filter((task) => task.try_number !== 1);
  if (run.state !== "success" || retried.length > 0) throw new Error(`${runId} ended as ${run.state}, ${retried.length} tasks retried`);
  const times = file
    .readNew()
    .filter((time) => time.runId === runId)
    .toSorted((a, b) => a.startMs - b.startMs);
  if (times.length !== workload.tasks) throw new Error(`${runId}: ${times.length} tasks wrote their times, expected ${workload.tasks}`);
  if (!counted) return;
  const first = times[0] as TaskTime;
  const last = times[times.length - 1] as TaskTime;
  contender.firstStartsMs.push(first.startMs - triggeredMs);
  contender.totalsMs.push(last.endMs - first.startMs);
  contender.computeMs.push(times.reduce((sum, time) => sum + time.endMs - time.startMs, 0));
  times.slice(1).forEach((time, index) => {
    const handOffMs = time.startMs - (times[index] as TaskTime).endMs;
    if (handOffMs < 0) throw new Error(`${runId}: ${time.taskId} started before its upstream task had ended`);
    contender.handOffsMs.push(handOffMs);
  });
}

interface ChainMeasured {
  readonly contenders: readonly Contender[];
  readonly floorMs: readonly number[];
  readonly peers: readonly PeerMeasured<"chain">[];
}

function report({ contenders, floorMs, peers }: ChainMeasured, rounds: number): BenchResult {
  const floorP50 = median(floorMs);
  const results = contenders.map(({ workload, isolation, handOffsMs, totalsMs, firstStartsMs, computeMs }) => ({
    workload: workload.name,
    isolation,
    handOffP50Ms: short(median(handOffsMs)),
    handOffP99Ms: short(quantile(handOffsMs, 0.99)),
    totalMs: short(median(totalsMs)),
    overheadPerTaskMs: short((median(totalsMs) - median(computeMs)) / workload.tasks),
    triggerToStartMs: short(median(firstStartsMs)),
    ratioToFloor: short(median(handOffsMs) / floorP50),
  }));
  const peerResults = peers.map(({ peer, size, numbers: { handOffsMs, totalsMs } }) => ({
    ...peer,
    size,
    handOffP50Ms: short(median(handOffsMs)),
    handOffP99Ms: short(quantile(handOffsMs, 0.99)),
    totalMs: short(median(totalsMs)),
    ratioToFloor: short(median(handOffsMs) / floorP50),
  }));
  return {
    title: `B1 chain: ${rounds} rounds, medians; durable commits, full history. Peers: a job enqueues the next, no graph. Floor = two commits and a NOTIFY on PostgreSQL alone, ${short(floorP50)} ms (p99 ${short(quantile(floorMs, 0.99))})`,
    table: {
      columns: [
        "contender",
        "isolation",
        "durability",
        "workload",
        "hand-off p50 ms",
        "p99 ms",
        "total ms",
        "overhead/task ms",
        "trigger to start ms",
        "x floor",
      ],
      rows: [
        ...results.map((r) => [
          "polyflow, stock",
          r.isolation,
          "commit on disk",
          r.workload,
          r.handOffP50Ms,
          r.handOffP99Ms,
          r.totalMs,
          r.overheadPerTaskMs,
          r.triggerToStartMs,
          r.ratioToFloor,
        ]),
        ...peerResults.map((r) => [
          ...peerCells(r),
          `${r.size} x no-op`,
          r.handOffP50Ms,
          r.handOffP99Ms,
          r.totalMs,
          "",
          "",
          r.ratioToFloor,
        ]),
      ],
    },
    json: {
      bench: "chain",
      rounds,
      floor: { handOffP50Ms: short(floorP50), handOffP99Ms: short(quantile(floorMs, 0.99)) },
      results,
      peers: peerResults,
    },
  };
}
