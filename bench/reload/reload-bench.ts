import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { TestProject } from "../../tests/harness/project.ts";
import type { RestClient } from "../../tests/harness/rest-client.ts";
import { Standalone } from "../../tests/harness/standalone.ts";
import { type Bench, type BenchOptions, type BenchResult, scaled } from "../bench-result.ts";
import { quantile, short } from "../statistics.ts";
import { BenchSystem } from "../system/bench-system.ts";

const SAVES_PER_ROUND = 20;
/** Nobody saves a file more often. */
const BETWEEN_SAVES_MS = 1_000;
const DAGS_BESIDE = 200;
const FILES = 10_000;
/** Nobody waits longer for files to be read: how many were read by then is told instead. */
const LONGEST_READING_MS = 300_000;
/** Asking without a pause would take from the start what it needs. */
const LISTED_LOOK_MS = 20;

/** B10: a saved file until its new version is listed; and many files at the first start. */
export const reloadBench: Bench = {
  name: "reload",
  summary: "B10: DAG file saved -> new version listed (p50/p99, 200 DAGs beside it); 10,000 files at a cold start and again unchanged",
  run: measureReload,
};

async function measureReload({ rounds, scale }: BenchOptions): Promise<BenchResult> {
  const files = scaled(FILES, scale, 100);
  const { backToBackMs, singleMs } = await measureSaves(rounds);
  const [cold, warm] = await measureManyFiles(files);
  const results = {
    saveP50Ms: short(quantile(singleMs, 0.5)),
    saveP99Ms: short(quantile(singleMs, 0.99)),
    backToBackP50Ms: short(quantile(backToBackMs, 0.5)),
    backToBackP99Ms: short(quantile(backToBackMs, 0.99)),
    coldFilesMs: cold.tookMs === undefined ? null : short(cold.tookMs),
    coldFilesPerSecond: short(cold.filesPerSecond),
    unchangedFilesMs: warm?.tookMs === undefined ? null : short(warm.tookMs),
  };
  return {
    title: `B10 reload: ${rounds} rounds of ${SAVES_PER_ROUND} saves; ${files} files`,
    table: {
      columns: ["what", "ms"],
      rows: [
        ["save to new version, p50", results.saveP50Ms],
        ["p99", results.saveP99Ms],
        ["saved again as soon as it is listed, p50", results.backToBackP50Ms],
        ["p99", results.backToBackP99Ms],
        [`${files} files, cold start until all are listed`, results.coldFilesMs ?? `more than ${LONGEST_READING_MS}`],
        ["files a second meanwhile", results.coldFilesPerSecond],
        ["the same files, started again", results.unchangedFilesMs ?? "not measured"],
      ],
    },
    json: { bench: "reload", rounds, files, results },
  };
}

interface Saves {
  /** A second passes before each. */
  readonly singleMs: readonly number[];
  /** The next follows at once: faster than a process starts. */
  readonly backToBackMs: readonly number[];
}

async function measureSaves(rounds: number): Promise<Saves> {
  const files: { [path: string]: string } = { "dags/edited.ts": source("edited", 0) };
  for (let index = 0; index < DAGS_BESIDE; index++) files[`dags/beside_${index}.ts`] = source(`beside_${index}`, 0);
  const system = await BenchSystem.start({ files: () => files });
  const singleMs: number[] = [];
  const backToBackMs: number[] = [];
  try {
    for (const dagId of ["edited", `beside_${DAGS_BESIDE - 1}`]) await system.client.waitForDag(dagId);
    let version = 0;
    const save = async (): Promise<number> => {
      version += 1;
      const startMs = performance.now();
      system.project.write("dags/edited.ts", source("edited", version));
      while ((await descriptionOf(system.client, "edited")) !== `version ${version}`);
      return performance.now() - startMs;
    };
    for (let index = 0; index < SAVES_PER_ROUND; index++) await save();
    for (let index = 0; index < rounds * SAVES_PER_ROUND; index++) backToBackMs.push(await save());
    for (let index = 0; index < rounds * SAVES_PER_ROUND; index++) {
      await pause(BETWEEN_SAVES_MS);
      singleMs.push(await save());
    }
  } finally {
    await system.remove();
  }
  return { singleMs, backToBackMs };
}

interface Reading {
  /** Undefined: it was given up. */
  readonly tookMs: number | undefined;
  readonly filesPerSecond: number;
}

/** The second start is measured only when the first one has read everything. */
async function measureManyFiles(files: number): Promise<readonly [Reading, Reading | undefined]> {
  const project = new TestProject({});
  const home = mkdtempSync(join(tmpdir(), "polyflow-files-"));
  for (let index = 0; index < files; index++) {
    const folder = join(project.dir, "dags", String(index % 100));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `file_${index}.ts`), source(`file_${index}`, 0));
  }
  try {
    const cold = await startUntilAllListed(home, { project: project.dir, files });
    return [cold, cold.tookMs === undefined ? undefined : await startUntilAllListed(home, { project: project.dir, files })];
  } finally {
    project.remove();
    rmSync(home, { recursive: true, force: true });
  }
}

/** At the second start everything is listed at once; what counts then is that a change made meanwhile is seen. */
async function startUntilAllListed(
  home: string,
  { project, files }: { readonly project: string; readonly files: number },
): Promise<Reading> {
  const mark = String(performance.now());
  writeFileSync(join(project, "dags", "last.ts"), `${source("last", 0)}// ${mark}\n`.replace("version 0", mark));
  const startMs = performance.now();
  const polyflow = await Standalone.start({ home, projects: [project], examples: false });
  try {
    const client = await polyflow.client();
    for (;;) {
      const { total_entries: count } = await client.request<{ total_entries: number }>("GET", "/api/v2/dags?limit=1");
      const spentMs = performance.now() - startMs;
      const isAll = count > files && (await descriptionOf(client, "last")) === mark;
      if (isAll || spentMs > LONGEST_READING_MS) return { tookMs: isAll ? spentMs : undefined, filesPerSecond: (count * 1000) / spentMs };
      await pause(LISTED_LOOK_MS);
    }
  } finally {
    await polyflow.stop();
  }
}

async function descriptionOf(client: RestClient, dagId: string): Promise<string | null> {
  return (await client.request<{ description: string | null }>("GET", `/api/v2/dags/${dagId}`)).description;
}

function source(dagId: string, version: number): string {
  return `import { bash, dag } from "@polyflow/sdk";
dag({ id: "${dagId}", description: "version ${version}" }, () => void bash({ id: "only", command: "echo ${version}" }));
`;
}
