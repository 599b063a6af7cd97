import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { type Health, simulate, type WorldName } from "./simulate.ts";

/** `npm run simulate -- --seeds 1000 [--from 1] [--world structured] [--health ill] [--threads 2]`: random schedules, each repeatable. */

interface Share {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly world: WorldName;
  readonly health: Health;
}

interface Finding {
  readonly seed: number;
  readonly violations: readonly string[];
}

const WORLDS: readonly WorldName[] = ["plain", "past", "structured"];
const HEALTHS: readonly Health[] = ["ill", "healthy_without_poll"];

async function runShare({ from, to, step, world, health }: Share, report: (finding: Finding) => void): Promise<void> {
  for (let seed = from; seed < to; seed += step) {
    const violations = await simulate(seed, health, world);
    if (violations.length > 0) report({ seed, violations });
  }
}

function choice<Choice extends string>(name: string, value: string, choices: readonly Choice[]): Choice {
  const found = choices.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  console.error(`--${name}: "${value}" is none of ${choices.join(", ")}.`);
  process.exit(2);
}

async function runAll(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "1000" },
      from: { type: "string", default: "1" },
      world: { type: "string", default: "structured" },
      health: { type: "string", default: "ill" },
      threads: { type: "string", default: String(availableParallelism()) },
    },
  });
  const [seeds, from, threads] = [Number(values.seeds), Number(values.from), Number(values.threads)];
  const world = choice("world", values.world, WORLDS);
  const health = choice("health", values.health, HEALTHS);
  const startedMs = performance.now();
  const findings: Finding[] = [];
  const step = Math.max(1, Math.min(threads, seeds));
  const shares = Array.from({ length: step }, (_, index): Share => ({ from: from + index, to: from + seeds, step, world, health }));
  await Promise.all(shares.map((share) => inThread(share, (finding) => findings.push(finding))));
  const seconds = (performance.now() - startedMs) / 1000;
  for (const { seed, violations } of findings.toSorted((a, b) => a.seed - b.seed)) {
    console.error(`seed ${seed}:\n  ${violations.join("\n  ")}`);
    console.error(`  again: npm run simulate -- --from ${seed} --seeds 1 --world ${world} --health ${health}`);
  }
  console.log(
    JSON.stringify({
      world,
      health,
      seeds,
      violated: findings.length,
      seconds: Math.round(seconds),
      perSecond: Math.round(seeds / seconds),
    }),
  );
  process.exitCode = findings.length > 0 ? 1 : 0;
}

function inThread(share: Share, report: (finding: Finding) => void): Promise<void> {
  const worker = new Worker(new URL(import.meta.url), { workerData: share });
  return new Promise((resolve, reject) => {
    worker.on("message", report);
    worker.on("error", reject);
    worker.on("exit", () => resolve());
  });
}

if (isMainThread) await runAll();
else await runShare(workerData as Share, (finding) => parentPort?.postMessage(finding));
