import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accessibilityProblems, chromiumPath, InterfaceUnderTest, keepPicture, type Look } from "./interface-under-test.ts";

const PATIENCE_MS = 60_000;
/** The interface is built first. */
const START_MS = 300_000;
const EXAMPLE = "df_example_extract_csv";

/** A screen, and what shows that it has loaded: text that only its data can give, in both languages. */
interface Screen {
  readonly name: string;
  readonly path: (run: string) => string;
  readonly shows: string;
  readonly before?: (page: Page) => Promise<void>;
}

const runPath = (run: string) => `/dags/${EXAMPLE}/runs/${encodeURIComponent(run)}`;
const SCREENS: readonly Screen[] = [
  { name: "dags", path: () => "/dags", shows: "text=orders_hourly" },
  {
    name: "dags-import-errors",
    path: () => "/dags",
    shows: "text=dags/web_clickstream.ts:41:21",
    before: (page) => page.locator("button[aria-expanded=false]", { hasText: "2 " }).click(),
  },
  { name: "dag-graph", path: () => `/dags/${EXAMPLE}`, shows: "[data-task-id=load_movies]" },
  { name: "dag-task-panel", path: () => `/dags/${EXAMPLE}?task=load_movies`, shows: "aside >> text=upsert" },
  { name: "dag-grid", path: () => "/dags/orders_hourly?tab=grid", shows: "[role=gridcell][data-state=failed]" },
  { name: "dag-gantt", path: () => "/dags/orders_hourly?tab=gantt", shows: "[role=row] [data-kind=try]" },
  { name: "dag-calendar", path: () => "/dags/orders_hourly?tab=calendar", shows: "button[data-state]" },
  { name: "dag-durations", path: () => "/dags/orders_hourly?tab=durations", shows: "figure svg" },
  { name: "dag-tasks", path: () => "/dags/orders_hourly?tab=tasks", shows: "tr[data-key]" },
  { name: "dag-audit", path: () => "/dags/orders_hourly?tab=audit", shows: "tr[data-key]" },
  { name: "dag-diff", path: () => "/dags/orders_hourly?tab=code&compare=1", shows: "[data-kind=added]" },
  { name: "dag-runs", path: () => "/dags/orders_hourly?tab=runs", shows: "tr[data-key]" },
  { name: "dag-code", path: () => "/dags/orders_hourly?tab=code", shows: "text=refresh materialized view" },
  { name: "dag-details", path: () => `/dags/${EXAMPLE}?tab=details`, shows: "text=Airports and movies" },
  {
    name: "trigger-form",
    path: () => "/dags/crm_customers",
    shows: "[role=dialog] >> text=Full reload",
    before: (page) =>
      page
        .locator("header button")
        .filter({ hasText: /Trigger|Запустить/ })
        .click(),
  },
  { name: "run-tasks", path: runPath, shows: "[role=row][data-task-id=load_movies]" },
  { name: "run-graph", path: (run) => `${runPath(run)}?tab=graph`, shows: "[data-task-id=load_movies]" },
  { name: "run-data", path: (run) => `${runPath(run)}?tab=data`, shows: "text=31 Feb 1999" },
  { name: "run-details", path: (run) => `${runPath(run)}?tab=details`, shows: "pre >> text=north" },
  { name: "task-log", path: (run) => `${runPath(run)}/tasks/load_movies`, shows: "[role=log] >> text=Attempt ended" },
  { name: "task-data", path: (run) => `${runPath(run)}/tasks/load_movies?tab=data`, shows: "text=zipcodes.csv" },
  { name: "task-rendered", path: (run) => `${runPath(run)}/tasks/load_movies?tab=rendered`, shows: "text=mart.orders" },
  { name: "task-details", path: (run) => `${runPath(run)}/tasks/load_movies?tab=details`, shows: "text=upsert" },
  { name: "home", path: () => "/home", shows: "li[data-state=failed]" },
];

const LOOKS: readonly Look[] = [
  { language: "ru", scheme: "light" },
  { language: "en", scheme: "dark" },
];

describe.skipIf(chromiumPath === undefined)("C8: every screen, in both languages and themes", () => {
  let web: InterfaceUnderTest;
  beforeAll(async () => {
    web = await InterfaceUnderTest.start();
  }, START_MS);
  afterAll(() => web.stop());

  it.each(LOOKS)(
    "$language, $scheme: loads, is accessible, throws nothing",
    async (look) => {
      const context = await web.window(look);
      const page = await context.newPage();
      const run = web.server.world.runs.get(EXAMPLE)?.[0]?.run_id ?? "";
      const found: string[] = [];
      for (const screen of SCREENS) {
        await page.goto(screen.path(run));
        await screen.before?.(page);
        await page.locator(screen.shows).first().waitFor({ timeout: 30_000 });
        found.push(...(await accessibilityProblems(page)).map((problem) => `${screen.name}: ${problem}`));
        await keepPicture(page, `${screen.name}-${look.language}-${look.scheme}`);
      }
      await context.close();
      expect(found).toEqual([]);
      expect(web.problems).toEqual([]);
    },
    600_000,
  );

  it(
    "C7: a failed component is told above the page, in the time zone that is chosen, and put away",
    async () => {
      web.server.world.failures = [{ component: "scheduler", since: "2026-01-05T09:00:00.000Z" }];
      const context = await web.window({ language: "en", scheme: "light" });
      const page = await context.newPage();
      await page.goto("/dags");
      const banner = page.getByRole("alert", { name: "Something has failed" });
      await banner.getByText("The scheduler gives no sign of life").waitFor();
      await banner.getByText(/12:00/).waitFor();
      await page.getByRole("button", { name: /Account and settings/ }).click();
      await page.getByText("UTC", { exact: true }).click();
      await banner.getByText(/9:00/).waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Sign out" }).waitFor({ state: "detached" });
      await page.getByRole("switch").first().waitFor();
      expect(await accessibilityProblems(page)).toEqual([]);
      await keepPicture(page, "emergency-en-light");
      await banner.getByRole("button", { name: "Put away" }).click();
      await banner.waitFor({ state: "detached" });
      web.server.world.failures = [];
      await context.close();
      expect(web.problems).toEqual([]);
    },
    PATIENCE_MS,
  );

  it(
    "C8: colours of one's own show at once, stay readable, outlive a reload, and go back",
    async () => {
      const context = await web.window({ language: "en", scheme: "light" });
      const page = await context.newPage();
      await page.goto("/dags");
      await page.getByRole("button", { name: /Account and settings/ }).click();
      await page.getByRole("button", { name: "Colours…" }).click();
      await page.getByLabel("Accent").fill("#ffd400");
      await page.getByText("Too light for text", { exact: false }).waitFor();
      await page.getByRole("button", { name: "Sign out", includeHidden: true }).waitFor({ state: "detached" });
      expect(await accessibilityProblems(page)).toEqual([]);
      await keepPicture(page, "colours-en-light");
      await page.getByRole("button", { name: "Done" }).click();
      const focused = () => page.evaluate<string>("document.activeElement?.textContent ?? ''");
      await expect.poll(focused, { timeout: 20_000 }).toContain("Account and settings");
      await page.reload();
      const shade = () => page.evaluate<string>("getComputedStyle(document.documentElement).getPropertyValue('--mantine-color-iris-6')");
      await expect.poll(shade, { timeout: 20_000 }).not.toBe("#4a5bdb");
      await page.getByRole("switch").first().waitFor();
      expect(await accessibilityProblems(page)).toEqual([]);
      await page.getByRole("button", { name: /Account and settings/ }).click();
      await page.getByRole("button", { name: "Colours…" }).click();
      await page.getByRole("button", { name: "Reset" }).click();
      await expect.poll(shade, { timeout: 20_000 }).toBe("#4a5bdb");
      await context.close();
      expect(web.problems).toEqual([]);
    },
    4 * PATIENCE_MS,
  );

  it("fits a phone: no screen scrolls sideways", async () => {
    const context = await web.window({ language: "ru", scheme: "light", width: 390 });
    const page = await context.newPage();
    const run = web.server.world.runs.get(EXAMPLE)?.[0]?.run_id ?? "";
    const wide: string[] = [];
    for (const screen of SCREENS) {
      await page.goto(screen.path(run));
      await screen.before?.(page);
      await page.locator(screen.shows).first().waitFor({ timeout: 30_000 });
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      if (width > 390) wide.push(`${screen.name}: ${width} px`);
      await keepPicture(page, `${screen.name}-phone`);
    }
    await context.close();
    expect(wide).toEqual([]);
  }, 600_000);
});
