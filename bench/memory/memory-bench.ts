import { setTimeout as pause } from "node:timers/promises";
import { type Bench, type BenchOptions, type BenchResult, scaled } from "../bench-result.ts";
import { peerCells } from "../peers/peer-rows.ts";
import { measurePeers } from "../peers/peers.ts";
import { median, short } from "../statistics.ts";
import { BenchSystem } from "../system/bench-system.ts";
import { compileInstallation } from "../system/compile-installation.ts";
import { pssMbOf } from "../system/process-cost.ts";

const RUNNING = 50;
const WAITING = 1_000;
/** A task runs, and a wait waits, much longer than the connections of the burst that started it. */
const SETTLED_MS = 15_000;
/** Until the processes that stand ready for the next saved file have gone as well (`[dag_processor] parse_idle_seconds`), with its default. */
const IDLE_MS = 45_000;

interface Sizes {
  readonly running: number;
  readonly waits: number;
}

/** B9: memory of everything that `npm start` starts, the database included. */
export const memoryBench: Bench = {
  name: "memory",
  summary: "B9: PSS of all processes with the database: idle, 1 and 50 isolated tasks running, 1,000 deferred waits",
  run: measureMemory,
};

/** Files of their own: a process holds the file of its task, and a thousand sensors are no part of a task that merely runs. */
const filesOf = ({ running, waits }: Sizes) => ({
  "dags/hold.ts": `import { dag, task } from "@polyflow/sdk";
const hold = task("hold", (_input: object, ctx) => new Promise((resolve) => ctx.signal.addEventListener("abort", resolve)));
for (const count of [1, ${running}])
  dag({ id: "hold_" + count, schedule: null, isolation: "process", maxActiveTasks: 100 }, () => {
    for (let index = 0; index < count; index++) hold.with({ id: "hold_" + index })();
  });
`,
  "dags/wait.ts": `import { dag, sensor } from "@polyflow/sdk";
for (const count of [1, ${waits}])
  dag({ id: "wait_" + count, schedule: null, maxActiveTasks: 100 }, () => {
    for (let index = 0; index < count; index++)
      sensor({ id: "wait_" + index, mode: "defer", interval: "60s", timeout: "1h", poke: () => false });
  });
`,
});

async function measureMemory({ rounds, scale }: BenchOptions): Promise<BenchResult> {
  const sizes: Sizes = { running: scaled(RUNNING, scale, 5), waits: scaled(WAITING, scale, 20) };
  await compileInstallation();
  const idle: number[] = [];
  const one: number[] = [];
  const many: number[] = [];
  const oneWait: number[] = [];
  const waiting: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const system = await BenchSystem.start({
      files: () => filesOf(sizes),
      env: { POLYFLOW__WORKERS__SLOTS: "64", POLYFLOW__CORE__PARALLELISM: "100" },
    });
    try {
      for (const id of ["hold_1", `wait_${sizes.waits}`]) await system.client.waitForDag(id);
      await pause(IDLE_MS - SETTLED_MS);
      idle.push(await settledPss(system));
      one.push(await pssWhile(system, { dagId: "hold_1", state: "running", count: 1 }));
      many.push(await pssWhile(system, { dagId: `hold_${sizes.running}`, state: "running", count: sizes.running }));
      oneWait.push(await pssWhile(system, { dagId: "wait_1", state: "deferred", count: 1 }));
      waiting.push(await pssWhile(system, { dagId: `wait_${sizes.waits}`, state: "deferred", count: sizes.waits }));
    } finally {
      await system.remove();
    }
  }
  const [idleMb, oneMb, manyMb, oneWaitMb, waitingMb] = [idle, one, many, oneWait, waiting].map(median);
  const results = {
    idleMb: short(idleMb ?? Number.NaN),
    oneRunningMb: short(oneMb ?? Number.NaN),
    perRunningTaskMb: short(((manyMb ?? 0) - (oneMb ?? 0)) / (sizes.running - 1)),
    waitingMb: short(waitingMb ?? Number.NaN),
    oneWaitMb: short(oneWaitMb ?? Number.NaN),
    perWaitingTaskKb: short((((waitingMb ?? 0) - (oneWaitMb ?? 0)) * 1024) / (sizes.waits - 1)),
  };
  const measured = await measurePeers("memory", { size: sizes.waits, rounds: 1, slow: { size: sizes.waits, rounds: 1 } });
  const peers = measured.map(({ peer, numbers }) => ({
    ...peer,
    idleMb: short(numbers.idleMb),
    waitingMb: short(numbers.waitingMb),
  }));
  return {
    title: `B9 memory: ${rounds} rounds, medians; PSS of Polyflow, its task processes and the embedded PostgreSQL. Peers: the worker's process and its database, waits as delayed jobs`,
    table: {
      columns: [
        "contender",
        "isolation",
        "durability",
        "idle MB",
        "one task MB",
        "each further MB",
        `${sizes.waits} waits MB`,
        "each wait kB",
      ],
      rows: [
        [
          "polyflow, 64 slots",
          "process",
          "commit on disk",
          results.idleMb,
          results.oneRunningMb,
          results.perRunningTaskMb,
          results.waitingMb,
          results.perWaitingTaskKb,
        ],
        ...peers.map((peer) => [...peerCells(peer), peer.idleMb, "", "", peer.waitingMb, ""]),
      ],
    },
    json: { bench: "memory", rounds, results, peers },
  };
}

async function settledPss({ polyflow }: BenchSystem): Promise<number> {
  await pause(SETTLED_MS);
  return pssMbOf(polyflow.pid);
}

async function pssWhile(
  system: BenchSystem,
  wanted: { readonly dagId: string; readonly state: string; readonly count: number },
): Promise<number> {
  const { client } = system;
  const runId = await client.trigger(wanted.dagId);
  const run = `/api/v2/dags/${wanted.dagId}/dagRuns/${encodeURIComponent(runId)}`;
  const url = `${run}/taskInstances?state=${wanted.state}&limit=1`;
  for (let count = 0, tries = 0; count < wanted.count; tries++) {
    if (tries > 1_200) throw new Error(`only ${count} of ${wanted.count} tasks were ${wanted.state} within two minutes`);
    await pause(100);
    count = (await client.request<{ total_entries: number }>("GET", url)).total_entries;
  }
  const pss = await settledPss(system);
  await client.request("PATCH", run, { state: "failed" });
  await pause(2_000);
  return pss;
}
