import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath, keepPicture } from "../harness/browser.ts";
import { eventually } from "../harness/eventually.ts";
import { TestProject } from "../harness/project.ts";
import { accessibilityProblems, SignedInBrowser } from "../harness/signed-in-browser.ts";
import type { RestClient } from "../harness/rest-client.ts";
import { Standalone } from "../harness/standalone.ts";

/** Each day's run waits for its file, so that the test decides what is done when. */
const DAYS = `import { existsSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { dag, task } from "@polyflow/sdk";
export const days = dag({ id: "days", schedule: "@daily", startDate: "2026-01-01T00:00:00Z" }, () => {
  task("load", async (_input, context) => {
    const gate = context.projectDir + "/go-" + context.logicalDate?.toISOString().slice(0, 10);
    while (!existsSync(gate)) await setTimeout(100);
  })();
});
export const report = dag({ id: "report" }, () => {
  task("write", () => ({ rows: 3 }))();
});
`;

/** What starts a process or looks at a system takes its time on a busy machine. */
const PATIENCE = { timeout: 120_000 };

interface Dates {
  readonly dates: readonly { readonly dag_run_id: string | null; readonly state: string | null; readonly skip_reason: string | null }[];
}

let polyflow: Standalone;
let project: TestProject;
let browser: SignedInBrowser;
let client: RestClient;

describe.skipIf(chromiumPath === undefined)("pages that live (needs the Debian package chromium)", { timeout: 600_000 }, () => {
  beforeAll(async () => {
    project = new TestProject({ "dags/days.ts": DAYS });
    polyflow = await Standalone.start({
      projects: [project.dir],
      examples: false,
      keepsPort: true,
      env: { POLYFLOW__WEBSERVER__COLORS: "accent=#1f6f54" },
    });
    browser = await SignedInBrowser.start(polyflow);
    client = await polyflow.client();
    for (const dagId of ["days", "report"]) await client.waitForDag(dagId, PATIENCE.timeout);
    await client.request("PATCH", "/api/v2/dags/report", { is_paused: false });
  }, 300_000);
  afterAll(async () => {
    await browser.close();
    await polyflow.remove();
    project.remove();
  }, 60_000);
  afterEach(() => browser.closePages());

  test("A9: a backfill is rehearsed, started, watched, paused, gone on with and cancelled; its progress comes by itself", async () => {
    await client.request("PATCH", "/api/v2/dags/days", { is_paused: false });
    const page = await browser.open({ locale: "en-US", colorScheme: "light" });
    await page.goto("/browse/backfills?dag=days&edit=%2B");
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("First day").fill("2026-02-01");
    await dialog.getByLabel("Last day").fill("2026-02-05");
    await dialog.getByLabel("Runs at once").fill("1");
    await dialog.getByRole("button", { name: "Preview" }).click();
    await dialog.getByText("5 runs will be made").waitFor(PATIENCE);
    expect(await dialog.getByRole("listitem").count()).toBe(5);
    expect(await accessibilityProblems(page)).toEqual([]);
    await keepPicture(page, "backfill-preview-light-en");
    // A rehearsal leaves nothing behind.
    expect(await client.request("GET", "/api/v2/backfills?dag_id=days")).toMatchObject({ total_entries: 0 });

    await dialog.getByRole("button", { name: "Start" }).click();
    const row = page.getByRole("table", { name: "Backfills" }).getByRole("row").filter({ hasText: "days" });
    await row.getByText("0 of 5 done, 0 failed").waitFor(PATIENCE);
    const { backfills } = await client.request<{ backfills: readonly { id: number }[] }>("GET", "/api/v2/backfills?dag_id=days");
    const id = backfills[0]?.id ?? 0;
    const dates = async () => (await client.request<Dates>("GET", `/api/v2/backfills/${id}/dates`)).dates;
    const runs = async () => (await dates()).filter((date) => date.dag_run_id !== null).length;

    project.write("go-2026-02-01", "");
    await row.getByText("1 of 5 done, 0 failed").waitFor(PATIENCE);
    await eventually("the second run", async () => ((await runs()) === 2 ? true : undefined), { withinMs: PATIENCE.timeout });

    await row.getByRole("button", { name: "Pause" }).click();
    await row.getByText("Paused").waitFor(PATIENCE);
    await keepPicture(page, "backfill-paused-light-en");
    project.write("go-2026-02-02", "");
    await eventually("the second run to end", async () => ((await dates())[1]?.state === "success" ? true : undefined), {
      withinMs: PATIENCE.timeout,
    });
    // A run made and done since shows that the scheduler has looked: it made none for the paused backfill.
    await client.runDag("report", { withinMs: PATIENCE.timeout });
    expect(await runs()).toBe(2);

    await row.getByRole("button", { name: "Go on" }).click();
    await row.getByText("2 of 5 done, 0 failed").waitFor(PATIENCE);
    await eventually("the third run", async () => ((await runs()) === 3 ? true : undefined), { withinMs: PATIENCE.timeout });
    await row.getByRole("button", { name: "Cancel the backfill" }).click();
    await dialog.getByRole("button", { name: "Cancel the backfill" }).click();
    await row.getByText(/^Completed; \d dates? (is|are) left out$/).waitFor(PATIENCE);
    await row.getByRole("button", { name: "Dates of the backfill of days" }).click();
    await dialog.getByText("Success").first().waitFor(PATIENCE);
    expect((await dates()).filter((date) => date.skip_reason === "cancelled").length).toBeGreaterThanOrEqual(2);
    await keepPicture(page, "backfill-cancelled-light-en");
    project.write("go-2026-02-03", "");
  });

  test("C8: colours of one's own go with the account into another browser, step back and end in those of the installation", async () => {
    const shade = (page: Page) => () =>
      page.evaluate<string>("getComputedStyle(document.documentElement).getPropertyValue('--mantine-color-iris-6')");
    const page = await browser.open({ locale: "en-US", colorScheme: "light" });
    await page.goto("/dags");
    await expect.poll(shade(page), PATIENCE).toBe("#1f6f54");
    await page.getByRole("button", { name: /Account and settings/ }).click();
    await page.getByRole("button", { name: "Colours…" }).click();
    const saved = () => page.waitForResponse((answer) => answer.url().endsWith("/ui/colors") && answer.ok(), PATIENCE);
    const first = saved();
    await page.getByLabel("Accent").fill("#8a2a9c");
    await first;
    await keepPicture(page, "colours-of-account-light-en");

    const other = await browser.open({ locale: "ru-RU", colorScheme: "dark" });
    await other.goto("/dags");
    await expect.poll(shade(other), PATIENCE).toBe("#8a2a9c");
    await other.getByRole("row").filter({ hasText: "report" }).waitFor(PATIENCE);
    expect(await accessibilityProblems(other)).toEqual([]);

    const second = saved();
    await page.getByRole("button", { name: "Undo" }).click();
    await second;
    await expect.poll(shade(page), PATIENCE).toBe("#1f6f54");
    await other.reload();
    await expect.poll(shade(other), PATIENCE).toBe("#1f6f54");
  });

  test("C1: a page has one stream and no polling; without the server it says so, comes back by itself and shows what changed", async () => {
    const page = await browser.open({ locale: "en-US", colorScheme: "light" });
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await page.goto("/dags");
    const row = page.getByRole("row").filter({ hasText: "report" });
    await keepPicture(page, "list-before-live");
    const toggle = row.getByRole("switch");
    await expect.poll(() => toggle.isChecked(), PATIENCE).toBe(true);
    await page.evaluate(() => Object.assign(globalThis, { neverReloaded: true }));

    // A change by somebody else is on the screen by the one stream alone.
    await client.request("PATCH", "/api/v2/dags/report", { is_paused: true });
    await expect.poll(() => toggle.isChecked(), PATIENCE).toBe(false);
    expect(asked.filter((path) => path === "/ui/events")).toHaveLength(1);
    await expect.poll(() => quietFor(asked, page), PATIENCE).toBe(true);

    await polyflow.stop();
    await page.getByText(/Connection lost\. Shown as of/).waitFor(PATIENCE);
    expect(await accessibilityProblems(page)).toEqual([]);
    await keepPicture(page, "stale-light-en");
    await polyflow.startAgain();
    client = await polyflow.client();
    await client.request("PATCH", "/api/v2/dags/report", { is_paused: false });
    await expect.poll(() => toggle.isChecked(), PATIENCE).toBe(true);
    await page.getByText(/Connection lost/).waitFor({ state: "detached", ...PATIENCE });
    await client.runDag("report", { withinMs: PATIENCE.timeout });
    await row.getByText("Success").waitFor(PATIENCE);
    expect(await page.evaluate(() => "neverReloaded" in globalThis)).toBe(true);
  });
});

/** Whether the page asks for nothing during two seconds in which nothing happens. */
async function quietFor(asked: readonly string[], page: Page): Promise<boolean> {
  const before = asked.length;
  await page.waitForTimeout(2_000);
  return asked.length === before;
}
