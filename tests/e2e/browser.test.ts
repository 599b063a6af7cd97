import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath, keepPicture, launchBrowser } from "../harness/browser.ts";
import { Standalone } from "../harness/standalone.ts";

const DAG = "df_example_extract_csv";

let polyflow: Standalone;
let browser: Browser;

async function openPage(options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, baseURL: polyflow.url, ...options });
  context.setDefaultTimeout(30_000);
  // axe wants a page of a context of its own; violations of the content security policy are errors of the page
  const page = await context.newPage();
  page.on("pageerror", (error) => pageErrors.push(error.message));
  return page;
}
const pageErrors: string[] = [];

async function signIn(page: Page, words: { readonly username: string; readonly password: string; readonly submit: string }): Promise<void> {
  await page.goto("/");
  await page.getByLabel(words.username, { exact: true }).fill("admin");
  await page.getByLabel(words.password, { exact: true }).fill(polyflow.adminPassword());
  await page.getByRole("button", { name: words.submit }).click();
}

async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`)).toEqual([]);
}

describe.skipIf(chromiumPath === undefined)("the interface in Chromium (needs the Debian package chromium)", () => {
  beforeAll(async () => {
    [polyflow, browser] = await Promise.all([Standalone.start(), launchBrowser()]);
    const client = await polyflow.client();
    await client.waitForDag(DAG);
  });
  afterAll(async () => {
    await browser.close();
    await polyflow.remove();
  });

  test("C1, C2: a newcomer signs in, triggers a process, watches it turn green, reads the log and sees what was loaded", async () => {
    const page = await openPage({ locale: "en-US", colorScheme: "light" });
    await signIn(page, { username: "Username", password: "Password", submit: "Sign in" });

    await page.getByLabel("Search processes").fill("extract_csv");
    const row = page.getByRole("row").filter({ hasText: DAG });
    await row.getByRole("button", { name: /^Trigger/ }).click();
    await row.getByText("Success").waitFor(); // live: no reload
    await keepPicture(page, "processes-light-en");
    await expectAccessible(page);

    await page.getByRole("link", { name: DAG }).first().click();
    await page.getByRole("link", { name: "Open the run" }).click();
    await page.getByRole("heading", { name: /^Run of/ }).waitFor();
    expect(await page.getByRole("table", { name: "Tasks" }).getByText("Success").count()).toBe(3);
    await keepPicture(page, "run-light-en");

    await page.getByRole("tab", { name: /^Data/ }).click();
    await page.getByText("Quality rules").first().waitFor();
    await keepPicture(page, "loads-light-en");
    await expectAccessible(page);

    await page.getByRole("tab", { name: "Tasks" }).click();
    await page.getByRole("link", { name: "load_airports" }).click();
    await page.getByText(/Succeeded after|Succeeded in/).waitFor();
    await page
      .getByText(/airports\.csv/)
      .first()
      .waitFor();
    await keepPicture(page, "task-log-light-en");
    await expectAccessible(page);
    expect(pageErrors).toEqual([]);
  });

  test("E5, C8: the same in Russian and dark", async () => {
    const page = await openPage({ locale: "ru-RU", colorScheme: "dark" });
    await signIn(page, { username: "Имя пользователя", password: "Пароль", submit: "Войти" });
    await page.getByRole("heading", { name: "Процессы" }).waitFor();
    await page.getByRole("row").filter({ hasText: DAG }).waitFor();
    await keepPicture(page, "processes-dark-ru");
    await expectAccessible(page);
    await page.goto(`/dags/${DAG}`);
    await page.getByRole("button", { name: /^load_airports/ }).waitFor();
    await keepPicture(page, "process-dark-ru");
    await expectAccessible(page);
    expect(pageErrors).toEqual([]);
  });

  test("a wrong password is refused in words, and nothing else is said", async () => {
    const page = await openPage({ locale: "en-US" });
    await page.goto("/");
    await page.getByLabel("Username", { exact: true }).fill("admin");
    await page.getByLabel("Password", { exact: true }).fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").waitFor();
    await keepPicture(page, "sign-in-refused");
  });
});
