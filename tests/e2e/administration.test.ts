import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath, keepPicture } from "../harness/browser.ts";
import { TestProject } from "../harness/project.ts";
import { accessibilityProblems, SignedInBrowser } from "../harness/signed-in-browser.ts";
import type { RestClient } from "../harness/rest-client.ts";
import { Standalone } from "../harness/standalone.ts";

const FORM = `import { dag, task } from "@polyflow/sdk";

export const report = dag(
  {
    id: "report",
    schedule: "@daily",
    startDate: "2026-01-01T00:00:00Z",
    params: {
      region: { type: "string", enum: ["n", "s"], values_display: { n: "North", s: "South" }, default: "n", title: "Region" },
      tags: { type: "array", items: { type: "string" }, default: ["daily"], title: "Tags" },
      limit: { type: "integer", minimum: 1, default: 10, title: "Row limit" },
      source: { type: ["string", "null"], format: "file", accept: [".csv"], default: null, title: "Source", section: "Input" },
    },
  },
  () => {
    task("write", () => ({ rows: 3 }))();
  },
);
`;
const BROKEN = `import { dag } from "@polyflow/sdk";\nexport const a = dag({ id: "a" }, () => { throw new Error("on purpose"); });\n`;

const SOURCE = `name: cities
path: ./source/cities.csv
format: csv
dialect:
  delimiter: ";"
schema:
  fields:
    - name: city
      type: string
`;

/** What starts a process or looks at a system takes its time on a busy machine. */
const PATIENCE = { timeout: 60_000 };

let polyflow: Standalone;
let project: TestProject;
let browser: SignedInBrowser;
let client: RestClient;

describe.skipIf(chromiumPath === undefined)("browsing and administration (needs the Debian package chromium)", () => {
  beforeAll(async () => {
    project = new TestProject({
      "dags/report.ts": FORM,

      "dags/note.sql": "select 1;\n",
      "metadata/sources/cities.yaml": SOURCE,
    });
    execFileSync("git", ["init", "-q", "-b", "main"], { cwd: project.dir });
    execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@example.org", "commit", "-q", "--allow-empty", "-m", "Begin"], {
      cwd: project.dir,
    });
    polyflow = await Standalone.start({ projects: [project.dir], examples: false, env: { POLYFLOW__WEBSERVER__EXPOSE_CONFIG: "True" } });
    browser = await SignedInBrowser.start(polyflow);
    client = await polyflow.client();
    await client.waitForDag("report");
    await client.request("PATCH", "/api/v2/dags/report", { is_paused: false });
  });
  afterAll(async () => {
    await browser.close();
    await polyflow.remove();
    project.remove();
  });
  afterEach(async () => {
    await browser.closePages();
    expect(browser.problems.splice(0)).toEqual([]);
  });

  const english = () => browser.open({ locale: "en-US", colorScheme: "light" });

  test("A6: a run is started by the form, with a file, and started again with other values", async () => {
    const page = await english();
    await page.goto("/dags/report");
    await page.getByRole("button", { name: "Trigger", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("combobox", { name: "Region" }).click();
    await page.getByRole("option", { name: "South" }).click();
    await dialog.getByLabel("Row limit").fill("25");
    await dialog.getByRole("combobox", { name: "Tags" }).fill("weekly");
    await page.keyboard.press("Enter");
    await dialog
      .locator("input[type=file]")
      .setInputFiles({ name: "Отчёт 1.csv", mimeType: "text/csv", buffer: Buffer.from("a;b\n1;2\n") });
    const source = dialog.getByRole("textbox", { name: "Source" });
    await expect.poll(() => source.inputValue(), { timeout: 20_000 }).toMatch(/uploads\/.*\/Отчёт_1\.csv$/);
    const path = await source.inputValue();
    expect(await accessibilityProblems(page)).toEqual([]);
    await keepPicture(page, "trigger-form-light-en");
    await dialog.getByText("JSON", { exact: true }).click();
    const text = JSON.parse(await dialog.getByRole("textbox", { name: "Parameters" }).inputValue()) as object;
    expect(text).toEqual({ region: "s", tags: ["daily", "weekly"], limit: 25, source: path });
    await dialog.getByRole("button", { name: "Trigger" }).click();
    await dialog.waitFor({ state: "detached" });
    expect(readFileSync(path, "utf8")).toBe("a;b\n1;2\n");
    const runs = await client.request<{ dag_runs: { dag_run_id: string; conf: object }[] }>(
      "GET",
      "/api/v2/dags/report/dagRuns?order_by=-run_after&limit=100",
    );
    const own = runs.dag_runs.find((run) => Object.keys(run.conf).length > 0);
    expect(own?.conf).toEqual(text);
    await client.waitForRun("report", own?.dag_run_id ?? "");
    await page.goto(`/dags/report/runs/${encodeURIComponent(own?.dag_run_id ?? "")}`);
    await page.getByRole("button", { name: "Run again" }).click();
    await expect.poll(() => page.getByRole("dialog").getByLabel("Row limit").inputValue()).toBe("25");
    await page.getByRole("dialog").getByLabel("Row limit").fill("26");
    await page.getByRole("dialog").getByRole("button", { name: "Trigger" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
  });

  test("C5: runs are filtered by the address, cleared and deleted in bulk", async () => {
    await client.runDag("report");
    const page = await english();
    await page.goto("/browse/runs?state=success&type=manual");
    const table = page.getByRole("table", { name: "Runs" });
    await table.getByRole("row").nth(1).waitFor();
    await page.getByRole("checkbox", { name: "Select all" }).check();
    const count = (await table.getByRole("row").count()) - 1;
    await page.getByRole("toolbar").getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByText("Nothing matches the filters").waitFor();
    expect(count).toBeGreaterThan(0);
    await page.getByRole("textbox", { name: "Process" }).fill("nothing-like-it");
    await expect.poll(() => page.url()).toContain("dag=nothing-like-it");
    await page.getByRole("button", { name: "Drop filters" }).click();
    await expect.poll(() => new URL(page.url()).search).toBe("");
  });

  test("C4: pools, variables and connections are made, changed, exported, imported and deleted; secrets never come back", async () => {
    const page = await english();
    await page.goto("/admin/pools");
    await page.getByRole("button", { name: "New pool" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("warehouse");
    await page.getByRole("dialog").getByRole("textbox", { name: "Slots" }).fill("3");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("button", { name: "Edit warehouse" }).click();
    expect(page.url()).toContain("edit=warehouse");
    await page.getByRole("dialog").getByRole("textbox", { name: "Slots" }).fill("5");
    await page.getByRole("button", { name: "Save" }).click();
    await expect.poll(async () => (await client.request<{ slots: number }>("GET", "/api/v2/pools/warehouse")).slots).toBe(5);

    await page.goto("/admin/variables");
    await page.getByRole("button", { name: "New variable" }).click();
    await page.getByRole("dialog").getByLabel("Key").fill("api_token");
    await page.getByRole("dialog").getByLabel("Value").fill("canary-55");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("cell", { name: "***" }).waitFor();
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Export" }).click()]);
    const exported = JSON.parse(readFileSync(await download.path(), "utf8")) as Record<string, unknown>;
    expect(exported).toEqual({ api_token: "***" });
    await page.getByRole("button", { name: "Import" }).click();
    const file = {
      name: "variables.json",
      mimeType: "application/json",
      buffer: Buffer.from(JSON.stringify({ ...exported, region: { value: "n", description: "of the report" } })),
    };
    await page.getByRole("dialog").locator("input[type=file]").setInputFiles(file);
    await page.getByRole("dialog").getByRole("button", { name: "Import" }).click();
    await page.getByText("2 variables imported").waitFor();
    expect((await polyflow.command("variables", "get", "api_token")).stdout.trim()).toBe("canary-55");

    await page.goto("/admin/connections?edit=%2B");
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Connection id").fill("crm");
    await dialog.getByLabel("Host").fill("db.example.org");
    await dialog.getByLabel("Password", { exact: true }).fill("canary-56");
    await dialog.getByRole("combobox", { name: "TLS", exact: true }).click();
    await page.getByRole("option", { name: "require", exact: true }).click();
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.getByRole("button", { name: "Edit crm" }).click();
    await expect.poll(() => page.getByRole("dialog").getByRole("combobox", { name: "TLS", exact: true }).inputValue()).toBe("require");
    await page.getByRole("dialog").getByLabel("Description").fill("of sales");
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await page.getByRole("cell", { name: "of sales" }).waitFor();
    expect(await page.content()).not.toContain("canary");
    expect((await polyflow.command("connections", "get", "crm")).stdout).toContain("of sales");
    await page.getByRole("checkbox", { name: "Select crm" }).check();
    await page.getByRole("toolbar").getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByRole("cell", { name: "crm", exact: true }).waitFor({ state: "detached" });
  });

  test("C4: a connection is pasted as an address, tried before it is saved, and says why it does not work", async () => {
    const page = await english();
    await page.goto("/admin/connections?edit=%2B");
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Connection id").fill("closed");
    await dialog.getByText("URI", { exact: true }).click();
    await dialog.getByLabel("Connection as URI").fill("postgres://u:canary-57@127.0.0.1:1/db?connect_timeout=5");
    await dialog.getByRole("button", { name: "Test connection" }).click();
    await dialog.getByText("The connection does not work").waitFor(PATIENCE);
    expect(await accessibilityProblems(page)).toEqual([]);
    await keepPicture(page, "connection-tried-light-en");
    await dialog.getByText("JSON", { exact: true }).click();
    const text = JSON.parse(await dialog.getByLabel("Connection as JSON").inputValue()) as object;
    expect(text).toMatchObject({ conn_type: "postgres", port: 1, extra: { connect_timeout: "5" } });
    await dialog.getByText("Fields", { exact: true }).click();
    expect(await dialog.getByLabel("Port").inputValue()).toBe("1");
    await dialog.getByRole("combobox", { name: "Type" }).click();
    await page.getByRole("option", { name: "Folder of the worker's machine" }).click();
    await dialog.getByLabel("Root folder").fill(project.dir);
    await dialog.getByLabel("Other settings (JSON)").fill("");
    await dialog.getByRole("button", { name: "Test connection" }).click();
    await dialog.getByText("The connection works").waitFor(PATIENCE);
    await page.keyboard.press("Escape");
  });

  test("C4: code is edited with completion and errors of types, checked before it is saved, compared and committed", async () => {
    const page = await english();
    await page.goto("/code?file=dags/report.ts");
    const text = page.getByRole("textbox", { name: "Text of dags/report.ts" });
    await text.click();
    await page.keyboard.press("Control+A");
    await page.keyboard.insertText(BROKEN);
    await page.keyboard.press("Control+S");
    await page.getByText("Not saved: the file cannot be read").waitFor();
    await page.getByRole("region", { name: "Problems" }).getByText("on purpose").waitFor();
    expect(readFileSync(join(project.dir, "dags/report.ts"), "utf8")).toBe(FORM);
    await keepPicture(page, "code-refused-light-en");
    expect(await accessibilityProblems(page)).toEqual([]);
    await text.click();
    await page.keyboard.press("Control+A");
    await page.keyboard.insertText(FORM.replace('default: 10, title: "Row limit"', 'default: 20, title: "Row limit"'));
    await page.keyboard.press("Control+S");
    await page.getByText("dags/report.ts saved").waitFor();
    expect(readFileSync(join(project.dir, "dags/report.ts"), "utf8")).toContain("default: 20");

    // Somebody else is faster.
    writeFileSync(join(project.dir, "dags/report.ts"), `${FORM}// from elsewhere\n`);
    await text.click();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("// mine");
    await page.keyboard.press("Control+S");
    await page.getByRole("dialog").getByText("Somebody else has changed this file").waitFor();
    await page.getByRole("button", { name: "Take their text" }).click();
    await text.getByText("// from elsewhere").waitFor();

    await page.getByText("Git", { exact: true }).click();
    await page.getByLabel("Message of the commit").fill("Reports");
    await page.getByRole("button", { name: /^Commit \d+ files?$/ }).click();
    await page.getByText("Nothing has changed since the last commit.").waitFor();
    expect(execFileSync("git", ["log", "--format=%s %an"], { cwd: project.dir, encoding: "utf8" })).toContain("Reports Administrator");
    await page.getByText("Find", { exact: true }).click();
    await page.getByRole("textbox", { name: "Find in files" }).fill("from elsewhere");
    await page.getByText("1 line found").waitFor();
  });

  test("C4, B1: a description of data is completed by its schema, checked while it is typed, with its line, and is not saved broken", async () => {
    const page = await english();
    await page.goto("/code?file=metadata/sources/cities.yaml");
    const text = page.getByRole("textbox", { name: "Text of metadata/sources/cities.yaml" });
    await text.click();
    await page.keyboard.press("Control+End");
    const asked: string[] = [];
    page.on("request", (request) => {
      if (request.url().endsWith("/ui/code/complete")) asked.push(request.url());
    });
    await page.keyboard.type("enc");
    await page.getByRole("option", { name: /encoding/ }).waitFor(PATIENCE);
    expect(asked.length).toBeLessThanOrEqual(3);
    await keepPicture(page, "code-completion-light-en");
    await page.keyboard.press("Enter");
    await page.keyboard.type("utf-8\ncompression: ");
    await page.getByRole("option", { name: /gzip/ }).click();
    await page.locator(".cm-line", { hasText: "compression: gzip" }).locator("span").first().hover();
    await page.locator(".cm-hover", { hasText: "none | gzip | zip" }).waitFor(PATIENCE);
    expect(await text.textContent()).toContain("encoding: utf-8");
    await page.keyboard.press("Control+End");
    await page.keyboard.insertText("\ndelimeter: x\n");
    await page
      .getByRole("region", { name: "Problems" })
      .getByText(/delimeter/)
      .waitFor(PATIENCE);
    await page.locator(".cm-lintRange-error").first().waitFor(PATIENCE);
    expect(await accessibilityProblems(page)).toEqual([]);
    await keepPicture(page, "code-metadata-light-en");
    await page.keyboard.press("Control+S");
    await page
      .getByText(/^Not saved/)
      .first()
      .waitFor(PATIENCE);
    expect(readFileSync(join(project.dir, "metadata/sources/cities.yaml"), "utf8")).toBe(SOURCE);
  });

  test("A6: a link opens the form with values, and the form gives such links", async () => {
    const page = await english();
    await page.goto(`/dags/report?conf=${encodeURIComponent('{"limit": 33, "region": "s"}')}&param.limit=34`);
    const dialog = page.getByRole("dialog");
    await expect.poll(() => dialog.getByLabel("Row limit").inputValue(), PATIENCE).toBe("34");
    expect(await dialog.getByRole("combobox", { name: "Region" }).inputValue()).toBe("South");
    await dialog.getByLabel("Row limit").fill("35");
    await dialog.getByRole("button", { name: "Copy a link with these values" }).click();
    await page.getByText("Copied").waitFor(PATIENCE);
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await dialog.waitFor({ state: "detached" });
    await expect.poll(() => new URL(page.url()).searchParams.has("conf"), PATIENCE).toBe(false);
  });

  test("A9: a backfill is previewed, started, paused and cancelled", async () => {
    const page = await english();
    await page.goto("/browse/backfills?dag=report&edit=%2B");
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("First day").fill("2026-02-01");
    await dialog.getByLabel("Last day").fill("2026-02-05");
    await dialog.getByRole("button", { name: "Preview" }).click();
    await dialog.getByText(/^\d runs will be made/).waitFor();
    await keepPicture(page, "backfill-form-light-en");
    await dialog.getByRole("button", { name: "Start" }).click();
    await page.getByRole("table", { name: "Backfills" }).getByRole("link", { name: "report" }).waitFor();
    await page.getByText("Completed").waitFor();
    await page.getByRole("button", { name: "Dates of the backfill of report" }).click();
    await page.getByRole("dialog").getByText("Success").first().waitFor();
  });

  test("C7: the command palette leads to processes and pages", async () => {
    const page = await english();
    await page.goto("/home");
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.keyboard.press("Control+K");
    await page.getByRole("combobox", { name: /^Search processes/ }).fill("report");
    await page.getByRole("option", { name: "report", exact: true }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press("Enter");
    await page.waitForURL("**/dags/report");
    await page.keyboard.press("Control+K");
    await page.getByRole("combobox", { name: /^Search processes/ }).fill("audit");
    await page.getByRole("option", { name: "Audit log" }).waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL("**/browse/audit");
    await page.getByText("Variables changed").waitFor();
  });

  const SCREENS: readonly (readonly [name: string, path: string, ready: (page: Page) => Promise<void>])[] = [
    ["runs", "/browse/runs", (page) => page.locator("tbody tr").first().waitFor()],
    ["tasks", "/browse/tasks", (page) => page.locator("tbody tr").first().waitFor()],
    ["backfills", "/browse/backfills", (page) => page.locator("tbody tr").first().waitFor()],
    ["waits", "/browse/waits", (page) => page.getByRole("heading", { level: 1 }).waitFor()],
    ["deadlines", "/browse/deadlines", (page) => page.getByRole("heading", { level: 1 }).waitFor()],
    ["dead-letters", "/browse/dead-letters", (page) => page.getByRole("heading", { level: 1 }).waitFor()],
    ["import-errors", "/browse/import-errors", (page) => page.getByRole("heading", { level: 1 }).waitFor()],
    ["jobs", "/browse/jobs", (page) => page.locator("tbody tr").first().waitFor()],
    ["audit", "/browse/audit", (page) => page.locator("tbody tr").first().waitFor()],
    ["assets", "/data-assets", (page) => page.getByRole("heading", { level: 1 }).waitFor()],
    ["variables", "/admin/variables", (page) => page.locator("tbody tr").first().waitFor()],
    ["connections", "/admin/connections?edit=%2B", (page) => page.getByRole("dialog").waitFor()],
    ["pools", "/admin/pools", (page) => page.locator("tbody tr").first().waitFor()],
    ["xcoms", "/admin/xcoms", (page) => page.locator("tbody tr").first().waitFor()],
    ["configuration", "/admin/configuration", (page) => page.locator("tbody tr").first().waitFor()],
    ["providers", "/admin/providers", (page) => page.locator("tbody tr").first().waitFor()],
    ["plugins", "/admin/plugins", (page) => page.getByRole("heading", { level: 1 }).waitFor()],
    ["code", "/code?file=dags/report.ts", (page) => page.locator(".cm-line").first().waitFor()],
  ];

  test.each([
    ["en", "light", 1280],
    ["ru", "dark", 1280],
    ["ru", "light", 390],
  ] as const)(
    "C8, E5: every screen in %s, %s, %d px is accessible, fits, and is kept as a picture",
    async (language, scheme, width) => {
      const page = await browser.open({
        locale: language === "ru" ? "ru-RU" : "en-US",
        colorScheme: scheme,
        viewport: { width, height: 860 },
      });
      for (const [name, path, ready] of SCREENS) {
        await page.goto(path);
        await ready(page);
        await keepPicture(page, `${name}-${scheme}-${language}-${width}`);
        const screen = `${name} ${language} ${scheme} ${width}`;
        expect(await accessibilityProblems(page), screen).toEqual([]);
        const overflow = await page.evaluate<number>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
        expect(overflow, `${screen}: wider than the window`).toBeLessThanOrEqual(0);
      }
    },
    300_000,
  );
});
