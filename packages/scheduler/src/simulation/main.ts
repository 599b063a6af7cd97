import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { HEALTHS, type Health, simulate, type WorldName, WORLD_NAMES } from "./simulate.ts";
import { simulateMany } from "./simulate-many.ts";

/**
 * `npm run simulate -- --seeds 1000 [--from 1] [--world structured] [--health ill] [--threads 2]`: random schedules, each repeatable.
 * `npm run simulate -- --seed 4711 …`: one of them once more, with all that happens in it.
 */

function choice<Choice extends string>(name: string, value: string, choices: readonly Choice[]): Choice {
  const found = choices.find((candidate) => candidate === value);
  return found ?? giveUp(`--${name}: "${value}" is none of ${choices.join(", ")}.`);
}

function wholeNumber(name: string, value: string): number {
  return /^\d{1,9}$/u.test(value) && Number(value) > 0 ? Number(value) : giveUp(`--${name}: "${value}" is no whole number from 1 on.`);
}

function giveUp(message: string): never {
  console.error(message);
  process.exit(2);
}

interface Kind {
  readonly world: WorldName;
  readonly health: Health;
}

async function replay(seed: number, { world, health }: Kind): Promise<void> {
  const violations = await simulate(seed, health, world, { trace: (line) => console.log(line) });
  console.log(violations.length === 0 ? "Nothing is violated." : violations.join("\n"));
  process.exitCode = violations.length > 0 ? 1 : 0;
}

async function runMany(kind: Kind, { from, seeds, threads }: { from: number; seeds: number; threads: number }): Promise<void> {
  const startedMs = performance.now();
  const { findings, seen } = await simulateMany([{ ...kind, from, seeds }], Math.min(threads, seeds));
  const seconds = (performance.now() - startedMs) / 1000;
  for (const { seed, violations } of findings) {
    console.error(`seed ${seed}:\n  ${violations.join("\n  ")}`);
    console.error(`  again: npm run simulate -- --seed ${seed} --world ${kind.world} --health ${kind.health}`);
  }
  for (const [what, times] of [...seen].toSorted(([a], [b]) => a.localeCompare(b))) console.log(`${String(times).padStart(10)}  ${what}`);
  const result = { ...kind, seeds, violated: findings.length, seconds: Math.round(seconds), perSecond: Math.round(seeds / seconds) };
  console.log(JSON.stringify(result));
  process.exitCode = findings.length > 0 ? 1 : 0;
}

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    world: { type: "string", default: "structured" },
    health: { type: "string", default: "ill" },
    threads: { type: "string", default: String(availableParallelism()) },
  },
});
const kind = { world: choice("world", values.world, WORLD_NAMES), health: choice("health", values.health, HEALTHS) };
if (values.seed !== undefined) await replay(wholeNumber("seed", values.seed), kind);
else {
  const numbers = { from: wholeNumber("from", values.from), seeds: wholeNumber("seeds", values.seeds) };
  await runMany(kind, { ...numbers, threads: wholeNumber("threads", values.threads) });
}
