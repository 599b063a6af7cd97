import type { Browser, BrowserContext } from "playwright-core";
import { median, short } from "../statistics.ts";
import { GRID_DAG, LOG_RUN, WIDE_DAG } from "./seed.ts";

/** A page, and what shows that it can be used. */
interface TimedPage {
  readonly name: string;
  readonly path: string;
  readonly usable: string;
}

const PAGES: readonly TimedPage[] = [
  { name: "list of DAGs", path: "/dags", usable: "[role=switch]" },
  { name: "home", path: "/home", usable: "main h2" },
  { name: "graph of 1,000 tasks", path: `/dags/${WIDE_DAG}`, usable: "[data-task-id], [data-group-id]" },
  { name: "grid of 365 x 100", path: `/dags/${GRID_DAG}?tab=grid&limit=365`, usable: "[role=gridcell]" },
  { name: "a run of 100 tasks", path: `/dags/${GRID_DAG}/runs/run-7`, usable: "[role=row][data-task-id]" },
  { name: "log of 1 M lines", path: `/dags/${LOG_RUN.dagId}/runs/${LOG_RUN.runId}/tasks/${LOG_RUN.taskId}`, usable: "[data-log-line]" },
];

export interface PageTime {
  readonly name: string;
  /** Nothing in the browser's cache. */
  readonly coldMs: number;
  /** Code in the cache, the page opened anew. */
  readonly warmMs: number;
}

export interface SignIn {
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

/** Opens a browser without anything in its cache, signed in. */
export type OpenContext = () => Promise<BrowserContext>;

/** From the address typed to the first row, node or line on the screen; medians over `rounds`. */
export async function measurePages(open: OpenContext, rounds: number): Promise<readonly PageTime[]> {
  const times: PageTime[] = [];
  for (const page of PAGES) {
    const cold: number[] = [];
    const warm: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const context = await open();
      cold.push(await timeOf(context, page));
      warm.push(await timeOf(context, page));
      await context.close();
    }
    times.push({ name: page.name, coldMs: short(median(cold)), warmMs: short(median(warm)) });
  }
  return times;
}

/** Signs in once: the server takes a few sign-ins a minute only. */
export async function signedIn(browser: Browser, { url, username, password }: SignIn): Promise<OpenContext> {
  const options = { viewport: { width: 1280, height: 800 }, locale: "en-GB", baseURL: url };
  const first = await browser.newContext(options);
  const answer = await first.request.post("/ui/session", { data: { username, password } });
  if (!answer.ok()) throw new Error(`sign-in answered ${answer.status()}: ${await answer.text()}`);
  const storageState = await first.storageState();
  await first.close();
  return () => browser.newContext({ ...options, storageState });
}

async function timeOf(context: BrowserContext, { path, usable }: TimedPage): Promise<number> {
  const page = await context.newPage();
  const startedMs = performance.now();
  await page.goto(path, { waitUntil: "commit" });
  await page.locator(usable).first().waitFor({ timeout: 60_000 });
  const tookMs = performance.now() - startedMs;
  await page.close();
  return tookMs;
}
