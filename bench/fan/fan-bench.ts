import { type Bench, type BenchOptions, type BenchResult, scaled } from "../bench-result.ts";
import { type DrainedPeer, drainPeers, peerCells } from "../peers/peer-rows.ts";
import { median, short } from "../statistics.ts";
import { BenchSystem } from "../system/bench-system.ts";
import { type TaskTime, timedTaskSource } from "../system/times-file.ts";
import { until } from "../system/until.ts";

const WIDTHS = [100, 1_000, 10_000] as const;
/** Wider fans are written as one mapped task; a DAG of so many tasks of their own would exceed the size of a spec. */
const WIDEST_UNMAPPED = 1_000;

/** B2: one task, N tasks that wait for it, one that waits for all of these. */
export const fanBench: Bench = {
  name: "fan",
  summary: "B2: 1 -> N -> 1 no-op tasks, N = 100, 1,000, 10,000 (mapped); time from the root's end to the last start, and to the join",
  run: measureFans,
};

interface Fan {
  readonly width: number;
  readonly lastStartsMs: number[];
  readonly joinsMs: number[];
  readonly joinDelaysMs: number[];
}

async function measureFans({ rounds, scale }: BenchOptions): Promise<BenchResult> {
  const widths = WIDTHS.map((width) => scaled(width, scale, 10));
  const system = await BenchSystem.start({
    files: (timesFile) => ({ "dags/fans.ts": fanSource(timesFile, widths) }),
    env: { POLYFLOW__CORE__PARALLELISM: "64", POLYFLOW__WORKERS__SLOTS: "16", POLYFLOW__CORE__MAX_MAP_LENGTH: String(WIDTHS[2]) },
  });
  const fans: Fan[] = widths.map((width) => ({ width, lastStartsMs: [], joinsMs: [], joinDelaysMs: [] }));
  try {
    for (const { width } of fans) await system.client.waitForDag(`fan_${width}`);
    for (let round = 0; round <= rounds; round++) for (const fan of fans) await runOnce(system, fan, round > 0);
  } finally {
    await system.remove();
  }
  return report(fans, await drainPeers({ rounds, scale }), rounds);
}

async function runOnce({ client, times }: BenchSystem, fan: Fan, isCounted: boolean): Promise<void> {
  const runId = await client.trigger(`fan_${fan.width}`);
  const seen: TaskTime[] = [];
  await until(`the fan of ${fan.width}`, () => {
    seen.push(...times.readNew().filter((time) => time.runId === runId));
    return seen.length === fan.width + 2;
  });
  const root = seen.find((time) => time.taskId === "root");
  const join = seen.find((time) => time.taskId === "join");
  const middle = seen.filter((time) => time !== root && time !== join);
  if (root === undefined || join === undefined || new Set(seen.map((time) => time.taskId)).size !== seen.length)
    throw new Error(`${runId}: a task is missing or ran twice`);
  const lastEnd = Math.max(...middle.map((time) => time.endMs));
  if (join.startMs < lastEnd) throw new Error(`${runId}: the join started before all had ended`);
  await client.waitForRun(`fan_${fan.width}`, runId);
  if (!isCounted) return;
  fan.lastStartsMs.push(Math.max(...middle.map((time) => time.startMs)) - root.endMs);
  fan.joinsMs.push(join.startMs - root.endMs);
  fan.joinDelaysMs.push(join.startMs - lastEnd);
}

function fanSource(timesFile: string, widths: readonly number[]): string {
  const dags = widths.map((width, index) =>
    (WIDTHS[index] ?? 0) <= WIDEST_UNMAPPED
      ? `dag({ ...options, id: "fan_${width}" }, () => {
  const root = timed("root");
  const join = timed("join");
  for (let index = 0; index < ${width}; index++) chain(root, timed("t" + index), join);
});`
      : `dag({ ...options, id: "fan_${width}" }, () => {
  const numbers = task("root", (_input: object, ctx) => {
    const start = process.hrtime.bigint();
    const list = Array.from({ length: ${width} }, (_, index) => index);
    appendFileSync(${JSON.stringify(timesFile)}, \`\${ctx.runId},root,\${start},\${process.hrtime.bigint()}\\n\`);
    return list;
  })();
  chain(mapped.expand({ n: numbers }), timed("join"));
});`,
  );
  return `${timedTaskSource(timesFile)}
const options = { schedule: null, isolation: "reuse" as const, maxActiveTasks: 10_000 };
const mapped = task("mapped", (_input: { n: number }, ctx) => {
  const start = process.hrtime.bigint();
  appendFileSync(${JSON.stringify(timesFile)}, \`\${ctx.runId},mapped#\${ctx.mapIndex},\${start},\${process.hrtime.bigint()}\\n\`);
  return null;
});
${dags.join("\n")}
`;
}

function report(fans: readonly Fan[], peers: readonly DrainedPeer[], rounds: number): BenchResult {
  const results = fans.map(({ width, lastStartsMs, joinsMs, joinDelaysMs }) => ({
    width,
    rootToLastStartMs: short(median(lastStartsMs)),
    rootToJoinMs: short(median(joinsMs)),
    lastEndToJoinMs: short(median(joinDelaysMs)),
    tasksPerSecond: short((width * 1000) / median(joinsMs)),
  }));
  return {
    title: `B2 fan: ${rounds} rounds, medians; reuse, durable commits, full history, 16 slots. Peers: jobs without a graph, one process`,
    table: {
      columns: ["contender", "isolation", "durability", "N", "root to last start ms", "root to join ms", "last end to join ms", "tasks/s"],
      rows: [
        ...results.map((r) => [
          "polyflow",
          "reuse",
          "commit on disk",
          r.width,
          r.rootToLastStartMs,
          r.rootToJoinMs,
          r.lastEndToJoinMs,
          r.tasksPerSecond,
        ]),
        ...peers.map((peer) => [...peerCells(peer), peer.jobs, "", peer.totalMs, "", peer.jobsPerSecond]),
      ],
    },
    json: { bench: "fan", rounds, results, peers },
  };
}
