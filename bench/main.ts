/** `npm run bench -- NAME [--rounds N] [--scale X] [--quick]`: measures, prints a table and, as the last line, one JSON object. bench/README.md says how to repeat it. */
import { parseArgs } from "node:util";
import type { Bench, BenchResult } from "./bench-result.ts";
import { chainBench } from "./chain/chain-bench.ts";
import { coldstartBench } from "./coldstart/coldstart-bench.ts";
import { fanBench } from "./fan/fan-bench.ts";
import { growthBench } from "./growth/growth-bench.ts";
import { loadBench } from "./load.ts";
import { memoryBench } from "./memory/memory-bench.ts";
import { punctualBench } from "./punctual/punctual-bench.ts";
import { reloadBench } from "./reload/reload-bench.ts";
import { runsBench } from "./runs/runs-bench.ts";
import { sustainedBench } from "./sustained/sustained-bench.ts";
import { cleanUpAfterwards } from "./system/clean-up.ts";
import { uiBench } from "./ui/ui-bench.ts";

/** Sizes for a look whether all works, not for numbers. */
const QUICK_SCALE = 0.05;

const BENCHES: readonly Bench[] = [
  chainBench,
  fanBench,
  sustainedBench,
  runsBench,
  growthBench,
  uiBench,
  loadBench,
  coldstartBench,
  memoryBench,
  reloadBench,
  punctualBench,
];

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "5" },
    scale: { type: "string", default: "1" },
    quick: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});
const bench = BENCHES.find((candidate) => candidate.name === positionals[0]);
const rounds = values.quick ? 1 : Number(values.rounds);
const scale = values.quick ? QUICK_SCALE : Number(values.scale);

if (bench === undefined || values.help || !Number.isInteger(rounds) || rounds < 1 || !(scale > 0 && scale <= 10)) {
  console.log("npm run bench -- NAME [--rounds N] [--scale X] [--quick]\n");
  for (const { name, summary } of BENCHES) console.log(`  ${name.padEnd(11)}${summary}`);
  process.exitCode = values.help ? 0 : 2;
} else {
  cleanUpAfterwards();
  print(await bench.run({ rounds, scale }));
}

function print(result: BenchResult): void {
  const { columns, rows } = result.table;
  const cells = [columns, ...rows].map((row) => row.map(String));
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => row[index]?.length ?? 0)));
  console.log(`\n${result.title}\n`);
  for (const row of cells)
    console.log(row.map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0))).join("  "));
  console.log(`\n${JSON.stringify(result.json)}`);
}
