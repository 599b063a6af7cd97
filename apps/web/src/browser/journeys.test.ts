import { gzipSync } from "node:zlib";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { accessibilityProblems, chromiumPath, InterfaceUnderTest, keepPicture } from "./interface-under-test.ts";

const PATIENCE_MS = 60_000;
/** The interface is built first. */
const START_MS = 300_000;
const POLL = { timeout: 20_000 };

const suite = describe.skipIf(chromiumPath === undefined);

let web: InterfaceUnderTest;
let context: BrowserContext;
let page: Page;
beforeAll(async () => {
  web = await InterfaceUnderTest.start();
}, START_MS);
afterAll(() => web.stop());
beforeEach(async () => {
  context = await web.window({ language: "en", scheme: "light" });
  page = await context.newPage();
});
afterEach(async () => {
  await context.close();
  expect(web.problems.splice(0)).toEqual([]);
});

suite("what people do all day", { timeout: PATIENCE_MS }, () => {
  it("C1: signs in, is told of a wrong password, and lands on the page that was wanted", async () => {
    const stranger = await web.window({ language: "en", scheme: "light" }, { signedIn: false });
    const door = await stranger.newPage();
    await door.goto("/dags/orders_hourly?tab=runs");
    await door.getByLabel("Username").fill("admin");
    await door.getByLabel("Password", { exact: true }).fill("wrong");
    await door.getByRole("button", { name: "Sign in" }).click();
    await door.getByText("The username or the password is wrong.").waitFor();
    expect(await accessibilityProblems(door)).toEqual([]);
    await keepPicture(door, "sign-in-en-light");
    await door.getByText("Русский").click();
    await door.getByText("Неверное имя пользователя или пароль.").waitFor();
    await door.getByLabel("Пароль", { exact: true }).fill("secret");
    await door.getByRole("button", { name: "Войти" }).click();
    await door.locator("tr[data-key]").first().waitFor();
    expect(new URL(door.url()).pathname + new URL(door.url()).search).toBe("/dags/orders_hourly?tab=runs");
    await stranger.close();
  });

  it("C1: searches on the server, and the address keeps the view", async () => {
    await page.goto("/dags");
    await page.getByLabel("Search processes").fill("rates");
    await page.getByRole("link", { name: "exchange_rates" }).waitFor();
    await expect.poll(() => page.getByRole("switch").count(), POLL).toBe(1);
    expect(page.url()).toContain("q=rates");
    await page.getByLabel("Search processes").fill("nothing like this");
    await page.getByText("No process matches").waitFor();
  });

  it("C1: draws only the rows in view of a long list, and finds the last", async () => {
    await page.goto("/dags");
    await page.getByRole("link", { name: "Example: load CSV files" }).waitFor();
    expect(await page.getByRole("switch").count()).toBeLessThan(30);
    const last = page.getByRole("link", { name: "region_ufa_11" });
    await expect
      .poll(async () => {
        await page.keyboard.press("End");
        return last.count();
      }, POLL)
      .toBe(1);
    expect(await page.getByRole("switch").count()).toBeLessThan(30);
  });

  it("C1: orders by a column, keeps favourites and a view of the list", async () => {
    await page.goto("/dags");
    await page.getByRole("button", { name: "Last run", exact: true }).click();
    expect(page.url()).toContain("sort=-last_run");
    await page.getByLabel("Search processes").fill("stock");
    await page.getByRole("button", { name: "stock_balance is a favourite" }).click();
    await expect.poll(() => web.server.world.favourites.has("stock_balance"), POLL).toBe(true);
    await page.getByText("Favourites", { exact: true }).click();
    await page.getByRole("button", { name: "Views" }).click();
    await page.getByLabel("Keep what is shown as").fill("Warehouse");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("button", { name: "Warehouse", exact: true }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await keepPicture(page, "dags-views-en-light");
    await page.goto("/dags");
    await page.getByRole("button", { name: "Views" }).click();
    await page.getByRole("button", { name: "Warehouse", exact: true }).click();
    await page.getByRole("link", { name: "stock_balance" }).waitFor();
    await expect.poll(() => page.getByRole("switch").count(), POLL).toBe(1);
    expect(page.url()).toContain("show=favourite");
  });

  it("loads the first page with at most 300 kB of JavaScript (gzip)", async () => {
    const sizes: Promise<number>[] = [];
    page.on("response", (response) => {
      if (new URL(response.url()).pathname.endsWith(".js")) sizes.push(response.body().then((body) => gzipSync(body).length));
    });
    await page.goto("/dags");
    await page.getByRole("switch").first().waitFor();
    const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    expect(total).toBeGreaterThan(50_000);
    expect(total).toBeLessThanOrEqual(300_000);
  });

  it("C1: pauses by keyboard, and the server knows", async () => {
    await page.goto("/dags?q=stock");
    const toggle = page.getByRole("switch", { name: "Run stock_balance by schedule" });
    await toggle.focus();
    await page.keyboard.press("Space");
    await expect.poll(() => web.server.world.paused.has("stock_balance"), POLL).toBe(true);
    await expect.poll(() => toggle.isChecked(), POLL).toBe(false);
  });

  it("C2: the graph leads from what starts the process to what its tasks update", async () => {
    await page.goto("/dags/df_example_extract_csv");
    await page.locator('[data-asset="files of the day"][data-side=input]').getByText("starts runs").waitFor();
    const output = page.locator('[data-asset="mart.movies"][data-side=output]');
    expect(await output.getAttribute("href")).toBe("/data-assets?q=mart.movies");
  });

  it("C2: starts a run with one click, watches its tasks turn green without reload, reads the log", async () => {
    await page.goto("/dags/exchange_rates");
    await page.getByRole("button", { name: "Trigger", exact: true }).click();
    const task = page.getByRole("button", { name: /^load_rates: / });
    await page.getByRole("button", { name: /^load_rates: Running/ }).waitFor();
    await page.getByRole("button", { name: /^load_rates: Success/ }).waitFor();
    await task.click();
    await page.getByRole("button", { name: "Open the log" }).click();
    await page.getByRole("log").getByText("Attempt ended: success").waitFor();
    await page.getByLabel("Search in the log").fill("staging");
    await page.getByText("1 of 1 found").waitFor();
    expect(await page.locator("[role=log] mark").first().textContent()).toBe("Staging");
    await page.getByRole("combobox", { name: "Level" }).click();
    await page.getByRole("option", { name: "Warnings and above" }).click();
    await expect.poll(() => page.locator("[data-log-line]").count(), POLL).toBeGreaterThan(0);
    expect(await page.locator('[data-log-line][data-level="info"]').count()).toBe(0);
  });
});

suite("what people do with runs and tasks", { timeout: PATIENCE_MS }, () => {
  it("A6: asks for parameters, refuses wrong ones, sends them with their types", async () => {
    await page.goto("/dags/crm_customers");
    await page.getByRole("button", { name: "Trigger", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Row limit").fill("0");
    await dialog.getByRole("button", { name: "Trigger" }).click();
    await dialog.getByText("At least 1", { exact: true }).waitFor();
    await dialog.getByLabel("Row limit").fill("25");
    await dialog.getByRole("button", { name: "Trigger" }).click();
    await dialog.waitFor({ state: "detached" });
    expect(web.server.world.runs.get("crm_customers")?.[0]?.conf).toMatchObject({ region: "all", limit: 25, full: false, since: null });
  });

  it("A9: shows what clearing would touch before it clears", async () => {
    const run = web.server.world.runs.get("orders_hourly")?.find((one) => one.state === "failed");
    const failed = run?.tasks.filter((one) => one.state !== "success").map((one) => one.task_id) ?? [];
    await page.goto(`/dags/orders_hourly/runs/${encodeURIComponent(run?.run_id ?? "")}`);
    await page.getByRole("button", { name: "Clear…" }).click();
    const listed = page.getByRole("list", { name: "Tasks that will run again" }).getByRole("listitem");
    await expect.poll(() => listed.count(), POLL).toBe(failed.length);
    await page
      .getByRole("dialog")
      .getByRole("button", { name: /^Clear \d+ tasks?$/ })
      .click();
    await page.locator("[role=row][data-task-id]", { hasText: "Running" }).first().waitFor();
    await expect.poll(() => page.locator("[role=row][data-task-id]", { hasText: "Success" }).count(), POLL).toBe(run?.tasks.length);
  });

  it("A9: marks a task after showing what that touches, leaves a note, steps to the next task by key", async () => {
    const run = web.server.world.runs.get("orders_hourly")?.find((one) => one.state === "failed");
    const [first, second] = run?.tasks ?? [];
    await page.goto(`/dags/orders_hourly/runs/${encodeURIComponent(run?.run_id ?? "")}/tasks/${first?.task_id}`);
    await page.getByRole("button", { name: "Mark as" }).click();
    await page.getByRole("menuitem", { name: "Failed…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("list", { name: "Tasks that will be marked" }).getByRole("listitem").first().waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await keepPicture(page, "task-mark-en-light");
    await dialog.getByRole("button", { name: "Mark 1 task" }).click();
    await dialog.waitFor({ state: "detached" });
    await expect.poll(() => first?.state, POLL).toBe("failed");
    await page.getByRole("tab", { name: "Details" }).click();
    await page.getByRole("textbox", { name: "Note" }).fill("the source was late");
    await page.getByRole("button", { name: "Save the note" }).click();
    await expect.poll(() => first?.note, POLL).toBe("the source was late");
    await page.getByRole("heading", { level: 1 }).click();
    await page.keyboard.press("]");
    await page.getByRole("heading", { level: 1, name: second?.task_id ?? "" }).waitFor();
  });

  it("C8: walks the grid by arrow keys and opens by Enter", async () => {
    await page.goto("/dags/orders_hourly?tab=grid");
    await page.locator("[role=gridcell]").first().waitFor();
    await page.locator('[role=grid] [tabindex="0"]').focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowLeft");
    const focused = page.locator("[role=gridcell]:focus");
    expect(await focused.getAttribute("data-row")).toBe("1");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "check" }).waitFor();
  });
});

suite("the line to the server", { timeout: PATIENCE_MS }, () => {
  it("says since when the page is stale, and catches up by itself", async () => {
    await page.goto("/dags/calendar_custom?tab=details");
    await page.getByRole("heading", { level: 1 }).waitFor();
    // A stream that opens after the break would be none that breaks.
    await expect.poll(() => web.server.openStreams(), POLL).toBeGreaterThan(0);
    await context.setOffline(true);
    web.server.closeStreams();
    await page.getByText(/Connection lost\. Shown as of/).waitFor({ timeout: 30_000 });
    web.server.world.paused.add("calendar_custom");
    await context.setOffline(false);
    await page.getByText(/Connection lost/).waitFor({ state: "detached", timeout: 30_000 });
    await expect.poll(() => page.getByRole("switch").isChecked(), POLL).toBe(false);
  });

  it("D1: a session that ends leads to the sign-in, and back to the page that was open", async () => {
    await page.goto("/dags/quarterly_close?tab=details");
    await page.getByRole("heading", { level: 1 }).waitFor();
    await context.clearCookies();
    await page.getByRole("tab", { name: "Runs" }).click();
    await page.getByLabel("Username").fill("admin");
    await page.getByLabel("Password", { exact: true }).fill("secret");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.locator("tr[data-key]").first().waitFor();
  });

  it("keeps one stream of events and asks for nothing while nothing happens", async () => {
    await page.goto("/dags/quarterly_close");
    await page.getByRole("button", { name: /^load_ledger/ }).waitFor();
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.waitForTimeout(3_000);
    expect(asked).toEqual([]);
    await page.getByRole("tab", { name: "Runs" }).click();
    await page.locator("tr[data-key]").first().waitFor();
    expect(asked.filter((url) => url.includes("/ui/events"))).toEqual([]);
  });
});
