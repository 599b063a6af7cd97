import { mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FixtureRun } from "../../fixtures/run-history.ts";
import { chromiumPath, InterfaceUnderTest } from "./interface-under-test.ts";

const PATIENCE_MS = 240_000;
const POLL = { timeout: 60_000 };
const DAG = "orders_hourly";
const PICTURES = resolve(import.meta.dirname, "../../../../test-results/web");

const suite = describe.skipIf(chromiumPath === undefined);

let web: InterfaceUnderTest;
beforeAll(async () => {
  web = await InterfaceUnderTest.start();
}, PATIENCE_MS);
afterAll(() => web.stop());

/** A run of as many mapped instances of one task. */
function longRun(id: string, count: number): FixtureRun {
  const run = structuredClone(web.server.world.runs.get(DAG)?.[0]);
  const task = run?.tasks[0];
  if (!run || !task) throw new Error(`The made-up data has no run of ${DAG}.`);
  const tasks = Array.from({ length: count }, (_, index) => ({ ...task, map_index: index, map_name: `city ${index + 1}` }));
  const long = { ...run, run_id: id, tasks };
  web.server.world.runs.get(DAG)?.push(long);
  return long;
}

async function openRun(context: BrowserContext, id: string, tab = "tasks"): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`/dags/${DAG}/runs/${id}?tab=${tab}`);
  await page.locator("[data-print-rows] > [role=row]").first().waitFor();
  return page;
}

async function keepPaper(page: Page, name: string): Promise<Buffer> {
  const paper = await page.pdf({ format: "A4", preferCSSPageSize: true });
  mkdirSync(PICTURES, { recursive: true });
  writeFileSync(resolve(PICTURES, `${name}.pdf`), paper);
  return paper;
}

const sheets = (paper: Buffer): number => paper.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length ?? 0;

suite("C2: a run on paper", { timeout: PATIENCE_MS }, () => {
  for (const look of [
    { language: "en", scheme: "light" },
    { language: "ru", scheme: "dark" },
  ] as const) {
    it(`holds every task, in light colours, without navigation (${look.language}, ${look.scheme})`, async () => {
      longRun(`long-${look.language}`, 500);
      const context = await web.window(look);
      const page = await openRun(context, `long-${look.language}`);
      const rows = page.locator("[data-print-rows] > [role=row]");
      expect(await rows.count()).toBeLessThan(100);
      await page.emulateMedia({ media: "print" });
      await expect.poll(() => rows.count(), POLL).toBe(500);
      expect(await page.locator("html").getAttribute("data-mantine-color-scheme")).toBe("light");
      const [row, next] = await Promise.all([rows.nth(399).boundingBox(), rows.nth(400).boundingBox()]);
      expect(await rows.nth(399).textContent()).toContain("city 400");
      expect(await rows.nth(399).isVisible()).toBe(true);
      expect(next?.y).toBeGreaterThanOrEqual((row?.y ?? 0) + (row?.height ?? 0));
      expect(await page.getByRole("navigation", { name: /Navigation|Навигация/ }).count()).toBe(0);
      expect(await page.getByRole("button").count()).toBe(0);
      await page.emulateMedia({ media: "screen" });
      await expect.poll(() => rows.count(), POLL).toBeLessThan(100);
      expect(await page.locator("html").getAttribute("data-mantine-color-scheme")).toBe(look.scheme);
      await context.close();
    });
  }

  it("is as long as its tasks need when the browser prints it", async () => {
    longRun("long-gantt", 300);
    const context = await web.window({ language: "en", scheme: "dark" });
    const page = await openRun(context, "long-gantt", "gantt");
    expect(sheets(await keepPaper(page, "paper-gantt-en-dark"))).toBeGreaterThan(7);
    await context.close();
  });
});
