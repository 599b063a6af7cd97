import { AxeBuilder } from "@axe-core/playwright";
import type { UiDataLineage } from "@polyflow/contracts/wire";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath, keepPicture, launchBrowser } from "../harness/browser.ts";
import type { RestClient } from "../harness/rest-client.ts";
import { Standalone } from "../harness/standalone.ts";

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

test("B10, C6: the lineage of the whole catalogue joins sources, tables, models, their columns, and the tasks that move them", async () => {
  await client.waitForDag("df_example_models");
  const { nodes, edges, problems } = await client.request<UiDataLineage>("GET", "/ui/data/lineage");
  expect(problems).toEqual([]);
  const [source, airports, delays] = ["source examples airports", "entity examples examples.airports", "model examples airport_delays"];
  expect(nodes.find((node) => node.id === airports)).toMatchObject({ title: "Airports", translations: { ru: { title: "Аэропорты" } } });
  const load = edges.find((edge) => edge.from === source && edge.to === airports);
  expect(load?.columns).toContainEqual({ from: "iata", to: "iata" });
  expect(nodes.filter((node) => load?.by.includes(node.id))).toMatchObject([
    { name: "df_example_extract_csv", detail: "load_airports" },
    { name: "df_example_models", detail: "load_airports" },
  ]);
  expect(edges.find((edge) => edge.from === airports && edge.to === delays)?.columns).toContainEqual({ from: "city", to: "city" });
  expect(nodes.filter((node) => node.kind === "asset").length).toBeGreaterThan(0);
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

  test("B10, C6: the graph of the catalogue: a column followed by its address, by keyboard, and as a table", async () => {
    const page = await openPage("ru-RU", "light");
    await page.goto("/data?tab=lineage");
    await page.getByRole("button", { name: "Модель: airport_delays", exact: false }).first().waitFor();
    await keepPicture(page, "data-lineage-graph-light-ru");
    await expectAccessible(page);
    await page.getByRole("combobox", { name: "Найти таблицу или столбец" }).click();
    await page.getByRole("combobox", { name: "Найти таблицу или столбец" }).fill("average_delay_min · airport");
    await page.getByRole("option", { name: /average_delay_min · airport_delays/ }).click();
    await expect.poll(() => page.url(), { timeout: 30_000 }).toContain("column=average_delay_min");
    const graph = page.locator(".react-flow");
    await graph.getByRole("button", { name: "delay_min", exact: true }).waitFor();
    expect(await graph.getByRole("button", { name: /^Таблица: Аэропорты/ }).count()).toBe(0);
    await graph.getByRole("button", { name: /^Модель: airport_delays/ }).focus();
    await page.keyboard.press("ArrowLeft");
    expect(await page.locator(":focus").textContent()).toContain("Рейсы");
    await page.reload();
    await graph.getByRole("button", { name: "delay_min", exact: true }).waitFor();
    await page.goto(`${page.url()}&view=table`);
    await page.getByRole("table", { name: "Путь столбца" }).waitFor();
    await expectAccessible(page);
    expect(await page.getByRole("row").filter({ hasText: "delay_min" }).count()).toBeGreaterThan(1);
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
