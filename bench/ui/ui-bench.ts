import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startTemporaryPostgres } from "@polyflow/embedded-postgres";
import pg from "pg";
import { chromiumPath, launchBrowser } from "../../tests/harness/browser.ts";
import { Standalone } from "../../tests/harness/standalone.ts";
import { buildWeb } from "../../tools/build-web.ts";
import type { Bench, BenchOptions, BenchResult } from "../bench-result.ts";
import { type LogReading, measureLogReading } from "./log-reading.ts";
import { measurePages, type PageTime, signedIn } from "./pages.ts";
import { measure, type Measured, QUESTIONS } from "./requests.ts";
import { type SeedSize, seed, writeLog } from "./seed.ts";

const FULL: SeedSize = { dags: 10_000, runs: 100_000, taskInstances: 1_000_000 };
const REQUESTS = 100;
const CLIENTS = 50;

/** B6: the interface and its API over a database of years. */
export const uiBench: Bench = {
  name: "ui",
  summary:
    "B6: API p50/p99 with 1 and 50 clients and pages in Chromium over 10,000 DAGs, 100,000 runs, 1,000,000 tasks; --scale 0.1 is a tenth",
  run: measureUi,
};

async function measureUi({ rounds, scale }: BenchOptions): Promise<BenchResult> {
  const size = { dags: FULL.dags * scale, runs: FULL.runs * scale, taskInstances: FULL.taskInstances * scale };
  await buildWeb();
  const postgres = await startTemporaryPostgres();
  const database = await createDatabase(postgres.adminUrl);
  const polyflow = await Standalone.start({ examples: false, env: { POLYFLOW__DATABASE__SQL_ALCHEMY_CONN: database } });
  try {
    const held = await withClient(database, (client) => seed(client, size));
    writeLog(join(polyflow.home, "logs", "tasks"));
    const memoryBefore = residentMegabytes(polyflow.pid);
    const server = { url: polyflow.url, token: await tokenOf(polyflow) };
    const answers: Measured[] = [];
    for (const question of QUESTIONS) {
      await measure(server, question, { clients: 1, requests: 20 });
      const alone = await measure(server, question, { clients: 1, requests: REQUESTS });
      const crowd = await measure(server, question, { clients: CLIENTS, requests: REQUESTS * 2 });
      answers.push(alone, crowd);
      console.error(
        `${question.name}: ${alone.p50Ms}/${alone.p99Ms} ms alone, ${crowd.p50Ms}/${crowd.p99Ms} ms of ${CLIENTS}, ${alone.kilobytes} kB`,
      );
    }
    const inBrowser = await measureInBrowser(polyflow, rounds);
    return report({ held, answers, ...inBrowser, memoryBefore, memoryAfter: residentMegabytes(polyflow.pid) });
  } finally {
    await polyflow.remove();
    await postgres.stop();
  }
}

interface BrowserFindings {
  readonly pages: readonly PageTime[];
  /** Undefined without Chromium. */
  readonly log: LogReading | undefined;
}

async function measureInBrowser(polyflow: Standalone, rounds: number): Promise<BrowserFindings> {
  if (chromiumPath === undefined) return { pages: [], log: undefined };
  const browser = await launchBrowser();
  try {
    const open = await signedIn(browser, { url: polyflow.url, username: "admin", password: polyflow.adminPassword() });
    return { pages: await measurePages(open, rounds), log: await measureLogReading(open) };
  } finally {
    await browser.close();
  }
}

async function createDatabase(adminUrl: string): Promise<string> {
  await withClient(adminUrl, (client) => client.query("create database polyflow_bench"));
  const url = new URL(adminUrl);
  url.pathname = "/polyflow_bench";
  return url.href;
}

async function withClient<Result>(connectionString: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function tokenOf(polyflow: Standalone): Promise<string> {
  const answer = await fetch(`${polyflow.url}/auth/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: "admin", password: polyflow.adminPassword() }),
  });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  return token;
}

/** Memory of the server's own process; its children and the database are not counted. */
function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024);
}

interface Findings extends BrowserFindings {
  readonly held: SeedSize;
  readonly answers: readonly Measured[];
  readonly memoryBefore: number;
  readonly memoryAfter: number;
}

function report({ held, answers, pages, log, memoryBefore, memoryAfter }: Findings): BenchResult {
  return {
    title: `B6 interface: ${held.dags} DAGs, ${held.runs} runs, ${held.taskInstances} task instances; memory of the server ${memoryBefore} MB before, ${memoryAfter} MB after`,
    table: {
      columns: ["what", "clients", "p50 ms", "p99 ms", "kB", "per second", "refused"],
      rows: [
        ...answers.map((one) => [one.name, one.clients, one.p50Ms, one.p99Ms, one.kilobytes, one.perSecond, one.refused]),
        ...pages.map((page) => [`page: ${page.name}, cold`, 1, page.coldMs, "", "", "", ""]),
        ...pages.map((page) => [`page: ${page.name}, warm`, 1, page.warmMs, "", "", "", ""]),
        ...(log === undefined ? [] : logRows(log)),
      ],
    },
    json: { bench: "ui", held, answers, pages, log, memoryMegabytes: { before: memoryBefore, after: memoryAfter } },
  };
}

function logRows(log: LogReading): readonly (readonly (string | number)[])[] {
  return [
    [
      `log of 1 M lines: frames while the wheel turns (${log.elements} elements, heap ${log.heapMegabytes} MB)`,
      1,
      log.frameP50Ms,
      log.worstFrameMs,
      "",
      "",
      "",
    ],
    ["log of 1 M lines: a line of its beginning found", 1, log.searchMs, "", "", "", ""],
  ];
}
