import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TestProject } from "../../tests/harness/project.ts";
import { Standalone } from "../../tests/harness/standalone.ts";
import { compileInstallation } from "../system/compile-installation.ts";
import type { Bench, BenchOptions, BenchResult } from "../bench-result.ts";
import { median, short } from "../statistics.ts";

/** B8: from nothing, and from an existing home, to the first run that succeeded. */
export const coldstartBench: Bench = {
  name: "coldstart",
  summary: "B8: start -> ready -> first successful run, in an empty folder and on an existing database; baseline: node -e 0",
  run: measureColdStarts,
};

const DAG = `import { dag, task } from "@polyflow/sdk";
const only = task("only", () => null);
dag("first", () => void only());
`;

interface Start {
  readonly readyMs: number[];
  readonly firstRunMs: number[];
}

interface Measured {
  readonly readyMs: number;
  readonly firstRunMs: number;
}

async function measureColdStarts({ rounds }: BenchOptions): Promise<BenchResult> {
  const empty: Start = { readyMs: [], firstRunMs: [] };
  const existing: Start = { readyMs: [], firstRunMs: [] };
  const nodeMs: number[] = [];
  await compileInstallation();
  const project = new TestProject({ "dags/first.ts": DAG });
  try {
    for (let round = 0; round <= rounds; round++) {
      const home = mkdtempSync(join(tmpdir(), "polyflow-cold-"));
      const node = await emptyNode();
      for (const start of [empty, existing]) {
        note(start, await startOnce(home, project.dir), round > 0);
      }
      if (round > 0) nodeMs.push(node);
      rmSync(home, { recursive: true, force: true });
    }
  } finally {
    project.remove();
  }
  const rows = [
    ["empty folder", short(median(empty.readyMs)), short(median(empty.firstRunMs))],
    ["existing database", short(median(existing.readyMs)), short(median(existing.firstRunMs))],
    ["node -e 0", short(median(nodeMs)), ""],
  ] as const;
  return {
    title: `B8 cold start: ${rounds} rounds, medians; installed, embedded PostgreSQL`,
    table: { columns: ["start", "ready ms", "first run succeeded ms"], rows },
    json: {
      bench: "coldstart",
      rounds,
      results: rows.map(([start, readyMs, firstRunMs]) => ({ start, readyMs, firstRunMs: firstRunMs === "" ? null : firstRunMs })),
    },
  };
}

/** The first round warms up and is not counted. */
function note(start: Start, measured: Measured, isCounted: boolean): void {
  if (!isCounted) return;
  start.readyMs.push(measured.readyMs);
  start.firstRunMs.push(measured.firstRunMs);
}

async function startOnce(home: string, project: string): Promise<Measured> {
  const startMs = performance.now();
  const polyflow = await Standalone.start({ home, projects: [project], examples: false });
  const readyMs = performance.now() - startMs;
  try {
    const client = await polyflow.client();
    await client.waitForDag("first");
    const run = await client.runDag("first");
    if (run.state !== "success") throw new Error(`the first run ended as ${run.state}`);
    return { readyMs, firstRunMs: performance.now() - startMs };
  } finally {
    await polyflow.stop();
  }
}

function emptyNode(): Promise<number> {
  const startMs = performance.now();
  return new Promise((resolve) => spawn(process.execPath, ["-e", "0"]).once("exit", () => resolve(performance.now() - startMs)));
}
