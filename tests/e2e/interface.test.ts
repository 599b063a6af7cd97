import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath, keepPicture, launchBrowser } from "../harness/browser.ts";
import { TestProject } from "../harness/project.ts";
import type { RestClient } from "../harness/rest-client.ts";
import { Standalone } from "../harness/standalone.ts";

const PATIENCE_MS = 60_000;

/** A process whose first run fails in the middle, with a task that waits behind it, and one that never gets a slot. */
const FLOW = `
import { chain, dag, task } from "@polyflow/sdk";
export const flow = dag({ id: "flow", schedule: null, tags: ["watched"], docMd: "Shows **everything**." }, () => {
  const start = task("start", (_input: object, ctx) => {
    ctx.log.info("::group::details");
    ctx.log.info("inside the group");
    ctx.log.info("::endgroup::");
    return { rows: 3 };
  })();
  const broken = task({ id: "broken", retries: 0 }, () => { throw new Error("the source is away"); })();
  const after = task("after", () => "done")();
  chain(start, broken, after);
});
`;

let polyflow: Standalone;
let browser: Browser;
let client: RestClient;
let project: TestProject;
let context: BrowserContext;
let page: Page;
let runId: string;
const pageErrors: string[] = [];

async function accessibilityProblems(): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`);
}

describe.skipIf(chromiumPath === undefined)("the interface on a real server with real runs (needs the Debian package chromium)", () => {
  beforeAll(async () => {
    project = new TestProject({ "dags/flow.ts": FLOW });
    [polyflow, browser] = await Promise.all([Standalone.start({ projects: [project.dir], examples: false }), launchBrowser()]);
    client = await polyflow.client();
    await client.waitForDag("flow", 2 * PATIENCE_MS);
    await client.request("PATCH", "/api/v2/dags/flow", { is_paused: false });
    runId = (await client.runDag("flow")).run_id;
    context = await browser.newContext({
      viewport: { width: 1280, height: 860 },
      baseURL: polyflow.url,
      locale: "en-GB",
      timezoneId: "Europe/Moscow",
    });
    context.setDefaultTimeout(PATIENCE_MS);
    page = await context.newPage();
    page.on("pageerror", (error) => pageErrors.push(error.message));
    const answer = await context.request.post("/ui/session", { data: { username: "admin", password: polyflow.adminPassword() } });
    expect(answer.ok()).toBe(true);
  });
  afterAll(async () => {
    await browser?.close();
    await polyflow?.remove();
    project?.remove();
  });

  test("C1: the list shows the failed run, filters by it, keeps favourites", async () => {
    await page.goto("/dags?state=failed");
    await page.getByRole("link", { name: "flow", exact: true }).waitFor();
    await page.getByRole("button", { name: "flow is a favourite" }).click();
    await page.goto("/dags?show=favourite");
    await page.getByRole("link", { name: "flow", exact: true }).waitFor();
    await keepPicture(page, "list-favourites");
    expect(await accessibilityProblems()).toEqual([]);
  });

  test("C2: every view of a process shows what happened", async () => {
    const views: readonly (readonly [tab: string, shows: string])[] = [
      ["graph", "[data-task-id=broken][data-state=failed]"],
      ["grid", "[role=gridcell][data-state=failed]"],
      ["gantt", "[data-kind=try][data-state=failed]"],
      ["calendar", "button[data-state=failed]"],
      ["durations", "figure svg"],
      ["runs", "tr[data-key]"],
      ["tasks", "tr[data-key=after]"],
      ["code", "text=the source is away"],
      ["audit", "tr[data-key]"],
      ["details", "text=everything"],
    ];
    for (const [tab, shows] of views) {
      await page.goto(`/dags/flow?tab=${tab}`);
      await page.locator(shows).first().waitFor();
      await keepPicture(page, `process-${tab}`);
    }
  });

  test("C2: a log folds its groups", async () => {
    await page.goto(`/dags/flow/runs/${encodeURIComponent(runId)}/tasks/start`);
    await page.getByText("inside the group").waitFor();
    await page.getByRole("button", { name: "details", exact: true }).click();
    await expect.poll(() => page.getByText("inside the group").count()).toBe(0);
    expect(await accessibilityProblems()).toEqual([]);
  });

  test("A9, C2: marking the failed task lets the one behind it run, live on the page", async () => {
    await page.goto(`/dags/flow/runs/${encodeURIComponent(runId)}/tasks/broken`);
    await page.getByText("the source is away").first().waitFor();
    await page.getByRole("button", { name: "Mark as" }).click();
    await page.getByRole("menuitem", { name: "Success…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Mark 1 task" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.goto(`/dags/flow/runs/${encodeURIComponent(runId)}`);
    await page.locator("[role=row][data-task-id=after]", { hasText: "Success" }).waitFor();
    await expect.poll(() => client.waitForRun("flow", runId).then((run) => run.state), { timeout: PATIENCE_MS }).toBe("success");
  });

  test("C2: a task says why it waits, and goes on when that is over", async () => {
    await client.request("PATCH", "/api/v2/dags/flow", { is_paused: true });
    const waiting = await client.trigger("flow");
    await page.goto(`/dags/flow/runs/${encodeURIComponent(waiting)}/tasks/start`);
    await page.getByText("Why the task waits").waitFor();
    await page.getByText("The process is switched on").waitFor();
    await keepPicture(page, "task-waits");
    expect(await accessibilityProblems()).toEqual([]);
    await client.request("PATCH", "/api/v2/dags/flow", { is_paused: false });
    await page.getByRole("log").getByText("inside the group").waitFor();
  });

  test("C6: home tells of the failure", async () => {
    await page.goto("/home");
    await page.getByText("Runs of the last 24 hours").waitFor();
    await page.getByText("Longest runs").waitFor();
    await keepPicture(page, "home-real");
    expect(await accessibilityProblems()).toEqual([]);
  });

  test("nothing was thrown on any page", () => {
    expect(pageErrors).toEqual([]);
  });
});
