import { setTimeout as pause } from "node:timers/promises";
import { type Bench, type BenchOptions, type BenchResult, scaled } from "../bench-result.ts";
import { peerCells } from "../peers/peer-rows.ts";
import { measurePeers } from "../peers/peers.ts";
import { quantile, short } from "../statistics.ts";
import { BenchSystem } from "../system/bench-system.ts";
import { monotonicMs, timedTaskSource } from "../system/times-file.ts";

const MANY = 1_000;
const SECONDS_PER_ROUND = 10;
const SETTLE_MS = 20_000;

/** B13: how long after the instant at which a run is due its task starts. */
export const punctualBench: Bench = {
  name: "punctual",
  summary: "B13: cron punctuality: start of the task - due instant, one DAG each second, and 1,000 DAGs in one second",
  run: measurePunctuality,
};

async function measurePunctuality({ rounds, scale }: BenchOptions): Promise<BenchResult> {
  const dags = scaled(MANY, scale, 20);
  const one = await delaysOfOne(rounds);
  const many = await delaysOfMany(dags);
  const seconds = rounds * SECONDS_PER_ROUND;
  const peerOnes = await measurePeers("seconds", { size: seconds, rounds: 1, slow: { size: seconds, rounds: 1 } });
  const peerManys = await measurePeers("due", { size: dags, rounds: 1 });
  const peers = [
    ...peerOnes.map((measured) => ({ ...measured, what: "a job each second" })),
    ...peerManys.map((measured) => ({ ...measured, what: `${measured.size} jobs in one second` })),
  ].map(({ peer, what, numbers: { delaysMs } }) => ({
    ...peer,
    what,
    p50Ms: short(quantile(delaysMs, 0.5)),
    p99Ms: short(quantile(delaysMs, 0.99)),
  }));
  const results = {
    oneP50Ms: short(quantile(one, 0.5)),
    oneP99Ms: short(quantile(one, 0.99)),
    manyP50Ms: short(quantile(many, 0.5)),
    manyP99Ms: short(quantile(many, 0.99)),
  };
  return {
    title: `B13 punctuality: ${rounds * SECONDS_PER_ROUND} seconds of one DAG; ${dags} DAGs once; reuse, full history. Peers: jobs with an instant, no timetable`,
    table: {
      columns: ["contender", "isolation", "durability", "what", "p50 ms", "p99 ms"],
      rows: [
        ["polyflow, stock", "reuse", "commit on disk", "one DAG, every second", results.oneP50Ms, results.oneP99Ms],
        ["polyflow, 16 slots", "reuse", "commit on disk", `${dags} DAGs in one second`, results.manyP50Ms, results.manyP99Ms],
        ...peers.map((peer) => [...peerCells(peer), peer.what, peer.p50Ms, peer.p99Ms]),
      ],
    },
    json: { bench: "punctual", rounds, results, peers },
  };
}

/** Milliseconds to add to the monotonic clock to get the wall clock. */
function wallOffsetMs(): number {
  return Date.now() - monotonicMs();
}

async function delaysOfOne(rounds: number): Promise<readonly number[]> {
  const system = await BenchSystem.start({
    files: (timesFile) => ({
      "dags/every-second.ts": `${timedTaskSource(timesFile)}
dag({ id: "every_second", schedule: "* * * * * *", isPausedUponCreation: false, isolation: "reuse" }, () => void timed("only"));
`,
    }),
  });
  try {
    await system.client.waitForDag("every_second");
    await pause(3_000);
    system.times.readNew();
    await pause(rounds * SECONDS_PER_ROUND * 1000);
    const offset = wallOffsetMs();
    return system.times.readNew().map((time) => (time.startMs + offset) % 1000);
  } finally {
    await system.remove();
  }
}

async function delaysOfMany(dags: number): Promise<readonly number[]> {
  const dueAt = Math.ceil((Date.now() + SETTLE_MS) / 1000) * 1000;
  const due = new Date(dueAt);
  const cron = `${due.getUTCMinutes()} ${due.getUTCHours()} * * * ${due.getUTCSeconds()}`;
  const system = await BenchSystem.start({
    files: (timesFile) => ({
      "dags/many.ts": `${timedTaskSource(timesFile)}
for (let index = 0; index < ${dags}; index++)
  dag({ id: "many_" + index, schedule: "${cron}", isPausedUponCreation: false, isolation: "reuse" }, () => void timed("only"));
`,
    }),
    env: { POLYFLOW__CORE__PARALLELISM: "128", POLYFLOW__WORKERS__SLOTS: "16" },
  });
  try {
    await system.client.waitForDag(`many_${dags - 1}`);
    await pause(dueAt - Date.now());
    const delays: number[] = [];
    for (const deadline = monotonicMs() + 120_000; delays.length < dags; await pause(20)) {
      if (monotonicMs() > deadline) throw new Error(`only ${delays.length} of ${dags} tasks had started two minutes after they were due`);
      const offset = wallOffsetMs();
      delays.push(...system.times.readNew().map((time) => time.startMs + offset - dueAt));
    }
    return delays;
  } finally {
    await system.remove();
  }
}
