import { type Bench, type BenchOptions, type BenchResult, scaled } from "../bench-result.ts";
import { cpuMsOf } from "../system/process-cost.ts";
import { type DrainedPeer, drainPeers, peerCells } from "../peers/peer-rows.ts";
import { quantile, short } from "../statistics.ts";
import { BenchSystem } from "../system/bench-system.ts";
import { monotonicMs, type TaskTime, timedTaskSource } from "../system/times-file.ts";
import { until } from "../system/until.ts";

const TASKS_PER_RUN = 10;
const RUNS_IN_FLIGHT = 48;
/** Of each phase; the first fifth warms up and is not counted. */
const PHASE_MS = 20_000;

/** B3: runs of a diamond of ten tasks, as many as the machine can do, and then at half of that. */
export const sustainedBench: Bench = {
  name: "sustained",
  summary:
    "B3: runs of a 10-task diamond, closed loop at saturation, then open loop at half of it; tasks/s, hand-off p99, CPU per 1,000 tasks",
  run: measureSustained,
};

async function measureSustained({ rounds, scale }: BenchOptions): Promise<BenchResult> {
  const phaseMs = scaled(PHASE_MS, scale, 3_000);
  const system = await BenchSystem.start({
    files: (timesFile) => ({ "dags/diamonds.ts": diamondSource(timesFile) }),
    env: { POLYFLOW__CORE__PARALLELISM: "128", POLYFLOW__WORKERS__SLOTS: "16" },
  });
  try {
    const saturated = [];
    const halves = [];
    for (const isolation of ["reuse", "process"] as const) {
      await system.client.waitForDag(`diamond_${isolation}`);
      const closed = await closedLoop(system, { isolation, phaseMs });
      saturated.push(closed);
      halves.push(await openLoop(system, { isolation, phaseMs, runsPerSecond: closed.tasksPerSecond / 2 / TASKS_PER_RUN }));
    }
    return report({ saturated, halves, phaseMs }, await drainPeers({ rounds, scale }));
  } finally {
    await system.remove();
  }
}

interface Phase {
  readonly isolation: "reuse" | "process";
  readonly phaseMs: number;
}

interface Closed {
  readonly isolation: string;
  readonly tasksPerSecond: number;
  readonly cpuMsPerTask: number;
}

async function closedLoop(system: BenchSystem, { isolation, phaseMs }: Phase): Promise<Closed> {
  const { times, client, polyflow } = system;
  const startMs = monotonicMs();
  const countFromMs = startMs + phaseMs / 5;
  const endMs = startMs + phaseMs;
  let inFlight = 0;
  let counted = 0;
  let cpuBefore: number | undefined;
  const pending = new Set<Promise<unknown>>();
  await until("the end of the phase", () => {
    for (const time of times.readNew()) {
      if (time.taskId === "join") inFlight -= 1;
      if (time.endMs >= countFromMs && time.endMs < endMs) counted += 1;
    }
    if (monotonicMs() >= countFromMs) cpuBefore ??= cpuMsOf(polyflow.pid);
    for (; inFlight < RUNS_IN_FLIGHT && monotonicMs() < endMs; inFlight++) {
      const triggered = client.trigger(`diamond_${isolation}`).finally(() => pending.delete(triggered));
      pending.add(triggered);
    }
    return monotonicMs() >= endMs;
  });
  const cpuMs = cpuMsOf(polyflow.pid) - (cpuBefore ?? 0);
  await Promise.all(pending);
  await until("the last runs", () => {
    inFlight -= times.readNew().filter((time) => time.taskId === "join").length;
    return inFlight === 0;
  });
  return { isolation, tasksPerSecond: (counted * 1000) / (endMs - countFromMs), cpuMsPerTask: cpuMs / counted };
}

interface Half {
  readonly isolation: string;
  readonly tasksPerSecond: number;
  readonly handOffsMs: readonly number[];
}

/** Triggers at a fixed rate, whatever has ended. */
async function openLoop(
  system: BenchSystem,
  { isolation, phaseMs, runsPerSecond }: Phase & { readonly runsPerSecond: number },
): Promise<Half> {
  const { times, client } = system;
  const startMs = monotonicMs();
  const countFromMs = startMs + phaseMs / 5;
  const endMs = startMs + phaseMs;
  const pending: Promise<unknown>[] = [];
  const seen: TaskTime[] = [];
  let triggered = 0;
  await until("the end of the phase", () => {
    seen.push(...times.readNew());
    const due = Math.floor(((Math.min(monotonicMs(), endMs) - startMs) * runsPerSecond) / 1000);
    for (; triggered < due; triggered++) pending.push(client.trigger(`diamond_${isolation}`));
    return monotonicMs() >= endMs;
  });
  await Promise.all(pending);
  await until("the last runs", () => {
    seen.push(...times.readNew());
    return seen.filter((time) => time.taskId === "join").length === triggered;
  });
  const counted = seen.filter((time) => time.endMs >= countFromMs && time.endMs < endMs);
  return { isolation, tasksPerSecond: (counted.length * 1000) / (endMs - countFromMs), handOffsMs: handOffsOf(seen) };
}

/** From the end of the last task that a task waits for to its start; of the runs that are all there. */
function handOffsOf(seen: readonly TaskTime[]): readonly number[] {
  const handOffs: number[] = [];
  for (const run of Map.groupBy(seen, (time) => time.runId).values()) {
    const of = (name: string): TaskTime | undefined => run.find((time) => time.taskId === name);
    const root = of("root");
    const join = of("join");
    if (root === undefined || join === undefined || run.length !== TASKS_PER_RUN) continue;
    const middle = run.filter((time) => time !== root && time !== join);
    for (const time of middle) handOffs.push(time.startMs - root.endMs);
    handOffs.push(join.startMs - Math.max(...middle.map((time) => time.endMs)));
  }
  return handOffs;
}

function diamondSource(timesFile: string): string {
  const dags = ["reuse", "process"].map(
    (
      isolation,
    ) => `dag({ id: "diamond_${isolation}", schedule: null, isolation: "${isolation}", maxActiveRuns: 10_000, maxActiveTasks: 100 }, () => {
  const root = timed("root");
  const join = timed("join");
  for (let index = 0; index < ${TASKS_PER_RUN - 2}; index++) chain(root, timed("t" + index), join);
});`,
  );
  return `${timedTaskSource(timesFile)}\n${dags.join("\n")}\n`;
}

function report(
  { saturated, halves, phaseMs }: { readonly saturated: readonly Closed[]; readonly halves: readonly Half[]; readonly phaseMs: number },
  peers: readonly DrainedPeer[],
): BenchResult {
  const results = saturated.map((closed, index) => ({
    isolation: closed.isolation,
    tasksPerSecond: short(closed.tasksPerSecond),
    cpuSecondsPer1000: short(closed.cpuMsPerTask),
    atHalfTasksPerSecond: short(halves[index]?.tasksPerSecond ?? Number.NaN),
    atHalfHandOffP50Ms: short(quantile(halves[index]?.handOffsMs ?? [], 0.5)),
    atHalfHandOffP99Ms: short(quantile(halves[index]?.handOffsMs ?? [], 0.99)),
  }));
  return {
    title: `B3 sustained: ${phaseMs / 1000} s a phase; durable commits, full history, server running, 16 slots. Peers: no-op jobs without a graph, one process`,
    table: {
      columns: ["contender", "isolation", "durability", "tasks/s", "CPU s per 1,000", "at half: tasks/s", "hand-off p50 ms", "p99 ms"],
      rows: [
        ...results.map((r) => [
          "polyflow",
          r.isolation,
          "commit on disk",
          r.tasksPerSecond,
          r.cpuSecondsPer1000,
          r.atHalfTasksPerSecond,
          r.atHalfHandOffP50Ms,
          r.atHalfHandOffP99Ms,
        ]),
        ...peers.map((peer) => [...peerCells(peer), peer.jobsPerSecond, "", "", "", ""]),
      ],
    },
    json: { bench: "sustained", phaseMs, results, peers },
  };
}
