import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath, keepPicture, launchBrowser } from "../harness/browser.ts";
import { type RestClient, Standalone } from "../harness/standalone.ts";

let polyflow: Standalone;
let client: RestClient;

beforeAll(async () => {
  polyflow = await Standalone.start();
  client = await polyflow.client();
  await Promise.all(["df_example_extract_csv", "df_example_extract_json"].map((id) => client.waitForDag(id)));
});
afterAll(async () => {
  await polyflow.remove();
});

interface Overview {
  readonly warehouse_problem: string | null;
  readonly entities: readonly { readonly ref: string; readonly last_load: { readonly loaded: number } | null }[];
}

test("B10: what is described is listed before anything was loaded, and its loads afterwards", async () => {
  const before = await client.request<Overview>("GET", "/ui/data");
  expect(before.warehouse_problem).toBeNull();
  expect(before.entities.find((entity) => entity.ref === "examples.airports")).toMatchObject({ last_load: null });
  for (const dag of ["df_example_extract_csv", "df_example_extract_json"])
    expect(await client.runDag(dag)).toMatchObject({ state: "success" });
  const after = await client.request<Overview>("GET", "/ui/data");
  expect(after.entities.find((entity) => entity.ref === "examples.airports")?.last_load?.loaded).toBeGreaterThan(3000);
  const entity = await client.request<{ columns: readonly { column: string; sources: readonly object[] }[] }>(
    "GET",
    "/ui/data/entities/examples/examples.airports",
  );
  expect(entity.columns.find((column) => column.column === "iata")?.sources).toEqual([
    { flow: "airports", source: "airports", field: "iata" },
  ]);
  await expect(client.request("GET", "/ui/data/entities/examples/nothing")).rejects.toThrow(/404/);
});

describe.skipIf(chromiumPath === undefined)("the catalogue in Chromium (needs the Debian package chromium)", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
  });

  async function openPage(locale: string, colorScheme: "light" | "dark"): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, baseURL: polyflow.url, locale, colorScheme });
    const page = await context.newPage();
    await page.goto("/");
    await page.locator('input[autocomplete="username"]').fill("admin");
    await page.locator('input[type="password"]').fill(polyflow.adminPassword());
    await page.keyboard.press("Enter");
    await page.getByRole("navigation").first().waitFor();
    return page;
  }

  async function expectAccessible(page: Page): Promise<void> {
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`)).toEqual([]);
  }

  test("C6, B10: from the list of tables to columns, quality, loads, lineage and rejects", async () => {
    const page = await openPage("en-US", "light");
    await page.getByRole("link", { name: "Data", exact: true }).click();
    await page
      .getByRole("link", { name: /Airports/ })
      .first()
      .waitFor();
    await keepPicture(page, "data-tables-light-en");
    await expectAccessible(page);
    await page.getByLabel("Search tables, columns, sources").fill("iata");
    await page
      .getByRole("link", { name: /Airports/ })
      .first()
      .click();
    await page.getByRole("table", { name: "Columns" }).waitFor();
    await keepPicture(page, "data-columns-light-en");
    await expectAccessible(page);
    for (const [tab, sign] of [
      ["Quality", "Quality rules"],
      ["Loads", "Loads"],
      ["Lineage", "Lineage of the columns"],
    ] as const) {
      await page.getByRole("tab", { name: new RegExp(`^${tab}`) }).click();
      await page.getByRole("table", { name: sign }).waitFor();
      await keepPicture(page, `data-${tab.toLowerCase()}-light-en`);
      await expectAccessible(page);
    }
    await page.goto("/data?tab=rejects");
    await page.getByRole("table", { name: "Rejected rows" }).waitFor();
    await keepPicture(page, "data-rejects-light-en");
    await expectAccessible(page);
  });

  test("E5, C8: the same in Russian and dark", async () => {
    const page = await openPage("ru-RU", "dark");
    await page.goto("/data?tab=sources");
    await page.getByRole("table", { name: "Источники" }).waitFor();
    await keepPicture(page, "data-sources-dark-ru");
    await expectAccessible(page);
    await page.goto("/data/entities/examples/examples.airports?tab=loads");
    await page.getByRole("table", { name: "Загрузки" }).waitFor();
    await keepPicture(page, "data-loads-dark-ru");
    await expectAccessible(page);
  });
});
