import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { startTemporaryPostgres } from "@polyflow/embedded-postgres";
import type { TestProject } from "vitest/node";
import { FaultyProxy } from "../../tests/harness/faulty-proxy.ts";
import { seededRandom } from "../../tests/harness/random-dags.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Superuser URL of a throw-away cluster on 127.0.0.1; each test file creates a database of its own there. */
    postgresUrl: string;
    /** The same cluster through a proxy that breaks connections now and then, before what they carry takes effect. */
    faultyPostgresUrl: string;
    /** Whether stores are to be reached so; what a test calls itself is then repeated. */
    hasStorageFaults?: boolean;
  }
}

/** The project that runs the rooms' tests once more, with faults. */
const FAULTY_ROOMS = "storage faults in rooms";

/** Starts one throw-away PostgreSQL for the run, if a room whose tests run asks for it. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const files = await project.globTestFiles(fileFilters(project.vitest));
  const rooms = new Set(files.testFiles.map((file) => roomOf(project.config.root, file)));
  if (![...rooms].some(asksForPostgres)) return undefined;
  const postgres = await startTemporaryPostgres();
  const proxy = project.vitest.projects.some(({ name }) => name === FAULTY_ROOMS) ? await faultyProxyTo(postgres.adminUrl) : undefined;
  project.provide("postgresUrl", postgres.adminUrl);
  project.provide("faultyPostgresUrl", proxy?.url ?? postgres.adminUrl);
  return async () => {
    await proxy?.stop();
    await postgres.stop();
  };
}

/** Breaks the connections of stores, and spares what tests send beside them. */
async function faultyProxyTo(adminUrl: string): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const url = new URL(adminUrl);
  const share = Number(process.env["POLYFLOW_TEST_STORAGE_FAULTS"] ?? 0.01);
  const seed = Number(process.env["POLYFLOW_TEST_STORAGE_FAULT_SEED"] ?? 4_711);
  const target = { host: url.hostname, port: Number(url.port), applicationName: "polyflow", losesNoAnswers: true };
  const proxy = await FaultyProxy.start(target, seededRandom(seed));
  proxy.share = share;
  url.port = String(proxy.port);
  return {
    url: url.href,
    async stop() {
      console.log(`storage faults in rooms: ${proxy.faults} broken connections (${share * 100} % of what was sent, seed ${seed})`);
      await proxy.stop();
    },
  };
}

/** The names given on the command line; Vitest keeps them, without declaring it. */
function fileFilters(vitest: object): string[] | undefined {
  const filters: unknown = "filenamePattern" in vitest ? vitest.filenamePattern : undefined;
  return Array.isArray(filters) ? filters.map(String) : undefined;
}

/** `packages/store-postgres/src/run/a.test.ts` → `<root>/packages/store-postgres/src` */
function roomOf(root: string, file: string): string {
  return join(root, ...relative(root, file).split(sep).slice(0, -1).slice(0, 3));
}

function asksForPostgres(folder: string): boolean {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name) && !name.includes("node_modules"))
    .some((name) => readFileSync(join(folder, name), "utf8").includes('"postgresUrl"'));
}
