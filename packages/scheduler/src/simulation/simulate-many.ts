import { availableParallelism } from "node:os";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { type Health, simulate, type WorldName } from "./simulate.ts";

export interface SimulationSeries {
  readonly world: WorldName;
  readonly health: Health;
  /** The first seed, and how many. */
  readonly from: number;
  readonly seeds: number;
}

export interface SimulationFinding {
  readonly world: WorldName;
  readonly health: Health;
  readonly seed: number;
  readonly violations: readonly string[];
}

export interface SimulationReport {
  /** By seed. */
  readonly findings: readonly SimulationFinding[];
  /** How often what happened. */
  readonly seen: ReadonlyMap<string, number>;
}

interface Share {
  readonly kind: "share of simulations";
  readonly series: readonly SimulationSeries[];
  /** This thread takes every `step`-th seed, beginning with the `offset`-th. */
  readonly offset: number;
  readonly step: number;
}

/** Seeds after which a thread gives up: so many failures show what a few show. */
const MOST_FINDINGS = 20;

/**
 * Runs many random schedules, spread over threads.
 * @example (await simulateMany([{ world: "structured", health: "ill", from: 1, seeds: 1000 }])).findings; // []
 */
export async function simulateMany(
  series: readonly SimulationSeries[],
  threads: number = availableParallelism(),
): Promise<SimulationReport> {
  const shares = Array.from({ length: threads }, (_, offset): Share => ({ kind: "share of simulations", series, offset, step: threads }));
  const reports = await Promise.all(shares.map(inThread));
  const seen = new Map<string, number>();
  for (const report of reports) for (const [what, times] of report.seen) seen.set(what, (seen.get(what) ?? 0) + times);
  return { findings: reports.flatMap((report) => report.findings).toSorted((a, b) => a.seed - b.seed), seen };
}

function inThread(share: Share): Promise<SimulationReport> {
  const worker = new Worker(new URL(import.meta.url), { workerData: share });
  return new Promise((resolve, reject) => {
    worker.on("message", resolve);
    worker.on("error", reject);
    worker.on("exit", (code) => reject(new Error(`A thread of simulations ended with ${code} before it reported.`)));
  });
}

async function runShare({ series, offset, step }: Share): Promise<SimulationReport> {
  const findings: SimulationFinding[] = [];
  const seen = new Map<string, number>();
  for (const { world, health, from, seeds } of series) {
    for (let seed = from + offset; seed < from + seeds && findings.length < MOST_FINDINGS; seed += step) {
      const violations = await simulate(seed, health, world, { seen });
      if (violations.length > 0) findings.push({ world, health, seed, violations });
    }
  }
  return { findings, seen };
}

function isShare(value: unknown): value is Share {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "share of simulations";
}

if (!isMainThread && isShare(workerData)) parentPort?.postMessage(await runShare(workerData));
