import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { encode, styled, workbook } from "../../packages/loader/src/test-files.ts";
import { hasSshServer, startSshServer } from "../../providers/files/src/testing/ssh-server.ts";
import { chromiumPath, keepPicture } from "../harness/browser.ts";
import { TestProject } from "../harness/project.ts";
import { accessibilityProblems, SignedInBrowser } from "../harness/signed-in-browser.ts";
import type { RestClient } from "../harness/rest-client.ts";
import { Standalone } from "../harness/standalone.ts";

const LAYOUTS = "/api/v2/data/layouts";
const CSV = "Город;Население;Дата\nТула;461\u00a0692;01.02.2026\nОрёл;много;02.02.2026\n";
/** A report as people make them: a title, a header of two rows with merged cells, totals. */
const REPORT = workbook({
  Титул: { rows: [["не то"]] },
  Продажи: {
    rows: [
      ["Отчёт за март"],
      [],
      ["Регион", "Продажи", null, "Дата"],
      [null, "Кол-во", "Сумма", null],
      ["Тула", 10, 100.5, styled(46_054, 1)],
      ["Орёл", 20, 200, styled(46_055, 1)],
      ["Итого", 30, 300.5],
    ],
    merged: ["A1:D1", "B3:C3", "A3:A4", "D3:D4"],
  },
});

let polyflow: Standalone;
let project: TestProject;
let client: RestClient;

beforeAll(async () => {
  project = new TestProject({ "metadata/.keep": "" });
  for (const [name, content] of [
    ["cities.csv", encode(CSV, "windows-1251")],
    ["report.xlsx", REPORT],
    ["items.json", Buffer.from('{"data": {"items": [{"id": 1, "at": {"city": "Тула"}}, {"id": 2, "at": {"city": "Орёл"}}]}}')],
  ] as const) {
    project.write(`source/${name}`, "");
    writeFileSync(join(project.dir, "source", name), content);
  }
  polyflow = await Standalone.start({ projects: [`main=${project.dir}`], examples: false });
  client = await polyflow.client();
});
afterAll(async () => {
  await polyflow.remove();
  project.remove();
});

interface Look {
  readonly text: string;
  readonly layout: { readonly [key: string]: unknown; readonly schema: { readonly fields: readonly object[] } };
  readonly existing: { readonly hash: string; readonly text: string } | null;
  readonly grid: { readonly sheets: readonly string[] } | null;
  readonly preview: {
    readonly records: readonly { readonly cast: readonly (string | null)[] }[];
    readonly rejects: readonly object[];
  } | null;
  readonly problems: readonly object[];
}
const look = (order: object) => client.request<Look>("POST", LAYOUTS, { project: "main", ...order });

describe("B10: the layout designer over REST", () => {
  test("a cp1251 file with `;` is proposed, a draft is judged at once, and what is wrong in it is said with line and column", async () => {
    const proposed = await look({ file: { place: "source", path: "cities.csv" } });
    expect(proposed.layout).toMatchObject({ encoding: "windows-1251", dialect: { delimiter: ";" } });
    const fields = [
      { name: "Город" },
      { name: "Население", type: "integer", groupChar: "\u00a0" },
      { name: "Дата", type: "date", format: "%d.%m.%Y" },
    ];
    const order = { file: { place: "source", path: "cities.csv" }, text: proposed.text };
    const judged = await look({ ...order, layout: { ...proposed.layout, schema: { fields } } });
    expect(judged.preview?.records.map(({ cast }) => cast[1])).toEqual(["461692"]);
    expect(judged.preview?.rejects).toEqual([{ row: 2, column: "Население", value: "много", reason: "not an integer" }]);
    const wrong = await look({ ...order, layout: { ...proposed.layout, dialect: { delimeter: ";" } } });
    expect(wrong).toMatchObject({ preview: null, problems: [{ line: expect.any(Number), message: expect.stringContaining("delimeter") }] });
  });

  test("no path leads out of the project, and nothing is written that would break it", async () => {
    for (const path of ["../package.json", "/etc/passwd", "../../etc/passwd"])
      await expect(look({ file: { place: "source", path } })).rejects.toThrow(/code_path_invalid/);
    await expect(look({ file: { place: "upload", path: "../../x.csv" } })).rejects.toThrow(/code_path_invalid/);
    const save = (files: readonly object[]) => client.request("PUT", LAYOUTS, { project: "main", files });
    const file = "metadata/sources/bad.yaml";
    await expect(save([{ file, text: "name: bad\nschema: {}\n", expected: null }])).rejects.toThrow(/bad\.yaml:2.*metadata_invalid/s);
    await expect(save([{ file: "metadata/../dags/x.yaml", text: "", expected: null }])).rejects.toThrow(/422/);
    const text = "name: good\npath: cities.csv\nformat: csv\nschema: {fields: [{name: a}]}\n";
    const good = { file: "metadata/sources/good.yaml", text, expected: null };
    const flow = {
      file: "metadata/flows/good.flow.yaml",
      text: "flow: good\nsource: {ref: good}\ntarget: {ref: none}\nload: {mode: replace}\n",
    };
    await expect(save([good, { ...flow, expected: null }])).rejects.toThrow(/none/);
    expect((await client.request<{ sources: readonly object[] }>("GET", "/ui/data")).sources).toEqual([]);
    await save([good]);
    await expect(save([good])).rejects.toThrow(/code_conflict/);
    const { existing } = await look({ source: "good" });
    await save([{ ...good, text: `${text}# changed\n`, expected: existing?.hash ?? "" }]);
    await expect(save([{ ...good, expected: existing?.hash ?? "" }])).rejects.toThrow(/code_conflict/);
  });
});

describe.skipIf(chromiumPath === undefined)("B10, C6: the layout designer in Chromium (needs the Debian package chromium)", () => {
  let browser: SignedInBrowser;
  beforeAll(async () => {
    browser = await SignedInBrowser.start(polyflow);
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    await browser.closePages();
    expect(browser.problems.splice(0)).toEqual([]);
  });
  const wide = { viewport: { width: 1440, height: 1000 } };
  const grid = (page: Page) => page.getByRole("grid");

  test("an xlsx with merged headers is dropped in, laid out by mouse and keyboard, and saved with table and flow", async () => {
    const page = await browser.open({ locale: "en-US", colorScheme: "light", ...wide });
    await page.goto("/data?tab=sources");
    await page.getByRole("link", { name: "New source" }).click();
    await page.getByText("Drop a file here").waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await keepPicture(page, "designer-pick-light-en");
    await page
      .locator('input[type="file"]')
      .setInputFiles({ name: "март 2026.xlsx", mimeType: "application/octet-stream", buffer: REPORT });
    await page.getByRole("button", { name: "Продажи Сумма", exact: true }).waitFor();
    await grid(page).getByText("Кол-во").waitFor();
    // the first sheet is a title page: the one with the table is taken; a sheet without one is said to be so, and undone
    expect(await page.getByLabel("Sheet").inputValue()).toBe("Продажи");
    await page.getByLabel("Sheet").selectOption("Титул");
    await page.getByRole("button", { name: "не то", exact: true }).waitFor();
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByRole("button", { name: "Продажи Сумма", exact: true }).waitFor();
    // by keyboard: without its second row the header names the merged cell twice
    await grid(page).getByText("Кол-во").click();
    await page.getByRole("button", { name: "Продажи_2", exact: true }).waitFor();
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByRole("button", { name: "Продажи Сумма", exact: true }).waitFor();
    await page.getByRole("button", { name: "Redo" }).click();
    await page.getByRole("button", { name: "Продажи_2", exact: true }).waitFor();
    await grid(page).getByText("Регион").focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Продажи Сумма", exact: true }).waitFor();
    await page.getByLabel("Name", { exact: true }).fill("march");
    await page.getByLabel("Place of the file").fill("sales/march.xlsx");
    await page.getByRole("button", { name: "Регион", exact: true }).click();
    await page.getByLabel("Key", { exact: true }).check();
    await page.getByLabel("How it loads").selectOption("merge");
    await page.getByRole("table", { name: "Rows" }).getByText("Тула").waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await keepPicture(page, "designer-light-en");
    await page.getByText("YAML", { exact: true }).click();
    await page.getByText("metadata/flows/march.flow.yaml").waitFor();
    await keepPicture(page, "designer-yaml-light-en");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("dialog").getByText("metadata/entities/march.odcs.yaml").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await page.getByText("polyflow df plan march").waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    const yaml = readFileSync(join(project.dir, "metadata/sources/march.yaml"), "utf8");
    expect(yaml).toMatch(/sheetName: Продажи/);
    expect(readFileSync(join(project.dir, "source/sales/march.xlsx")).equals(REPORT)).toBe(true);
    const ran = await polyflow.command("df", "run", "march", "--project", project.dir);
    expect(ran.stderr + ran.stdout).toMatch(/march/);
    expect(ran.code).toBe(0);
  });

  test("a cp1251 file in Russian and dark: rejects at once, a type changed, saved over what is there only when told so", async () => {
    project.write(
      "metadata/sources/cities.yaml",
      'name: cities # from the registry office\npath: cities.csv\nformat: csv\nencoding: windows-1251\ndialect: {delimiter: ";"}\nschema:\n  fields:\n    - {name: Город}\n    - {name: Население, type: integer}\n    - {name: Дата}\n',
    );
    const page = await browser.open({ locale: "ru-RU", colorScheme: "dark", ...wide });
    await page.goto("/data/designer?project=main&source=cities");
    await page.getByText("Отклонено: 2").waitFor();
    await page.getByRole("button", { name: "Население" }).click();
    await page.getByLabel("Знак тысяч").fill("\u00a0");
    await page.getByText("Отклонено: 1").click();
    await page.getByRole("table", { name: "Отклонённые значения" }).getByText("много").waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await keepPicture(page, "designer-dark-ru");
    await page.getByRole("button", { name: "Сохранить" }).click();
    const save = page.getByRole("dialog").getByRole("button", { name: "Сохранить" });
    expect(await save.isDisabled()).toBe(true);
    await page.getByLabel("Заменить то, что есть").check();
    await save.click();
    await page.getByText("polyflow df preview cities").waitFor();
    const yaml = readFileSync(join(project.dir, "metadata/sources/cities.yaml"), "utf8");
    expect(yaml).toContain("# from the registry office");
    expect(yaml).toContain("groupChar");
  });

  test.skipIf(!hasSshServer)(
    "B2: a file is taken over a connection: refusals are said, and the source keeps the address (needs sshd)",
    async () => {
      const ssh = await startSshServer();
      try {
        mkdirSync(join(ssh.folder, "reports"));
        writeFileSync(join(ssh.folder, "reports", "stock.csv"), encode("Код;Остаток\n007;12\n008;много\n", "windows-1251"));
        const { connectionId, type, host, port, login, extra } = ssh.connection;
        const connection = { connection_id: connectionId, conn_type: type, host, port, login, extra: JSON.stringify(extra) };
        await client.request("POST", "/api/v2/connections", connection);
        const page = await browser.open({ locale: "ru-RU", colorScheme: "light", ...wide });
        await page.goto("/data/designer?project=main");
        const address = page.getByLabel("Или взять с подключения");
        const openIt = page.getByRole("button", { name: "Открыть", exact: true });
        await address.fill("sftp://partner/reports/none.csv");
        await openIt.click();
        await page
          .getByText(/none\.csv/)
          .first()
          .waitFor();
        await address.fill("sftp://nobody/reports/stock.csv");
        await openIt.click();
        await page
          .getByText(/nobody/)
          .first()
          .waitFor();
        await address.fill("sftp://partner/reports/stock.csv");
        await openIt.click();
        await page.getByRole("button", { name: "Остаток", exact: true }).waitFor();
        await page.getByRole("table", { name: "Строк" }).getByText("007").waitFor();
        await page.getByLabel("Имя", { exact: true }).fill("stock");
        await keepPicture(page, "designer-sftp-light-ru");
        await page.getByRole("button", { name: "Сохранить" }).click();
        await page.getByRole("dialog").getByRole("button", { name: "Сохранить" }).click();
        await page.getByText("polyflow df plan stock").waitFor();
        const yaml = readFileSync(join(project.dir, "metadata/sources/stock.yaml"), "utf8");
        expect(yaml).toContain("sftp://partner/reports/stock.csv");
        expect(yaml).not.toMatch(/Код[^\n]*integer/);
      } finally {
        await ssh.stop();
      }
    },
    240_000,
  );

  test("JSON: the record path decides what is a row", async () => {
    const page = await browser.open({ locale: "en-US", colorScheme: "light", ...wide });
    await page.goto("/data/designer?project=main");
    await page.getByRole("button", { name: /items\.json/ }).click();
    await page.getByLabel("Record path").waitFor();
    expect(await page.getByLabel("Record path").inputValue()).toBe("data.items");
    await page.getByRole("table", { name: "Rows" }).getByText("Орёл").waitFor();
    await page.getByLabel("Record path").fill("data.nothing");
    await page.keyboard.press("Enter");
    await page.getByText("The action failed").waitFor();
    await page.getByRole("table", { name: "Rows" }).getByText("Орёл").waitFor();
  });
});

const PEOPLE = {
  "metadata/sources/people.yaml":
    "name: people\npath: people.csv\nformat: csv\nschema: {fields: [{name: id, type: integer}, {name: name}, {name: age, type: integer}]}\n",
  "metadata/entities/people.odcs.yaml":
    "apiVersion: v3.1.0\nkind: DataContract\nid: t.people\nversion: 0.1.0\nstatus: draft\nservers:\n  - {server: df, type: postgres, schema: t}\nschema:\n  - name: people\n" +
    "    properties:\n      - {name: id, logicalType: integer, primaryKey: true}\n      - {name: name, logicalType: string}\n      - {name: age, logicalType: integer}\n",
  "metadata/flows/people.flow.yaml":
    "flow: people\nsource: {ref: people}\ntarget: {ref: t.people}\nmapping:\n  - {to: id, from: id}\n  - {to: name, from: name}\n  - {to: age, from: age}\nload: {mode: merge, keys: [id]}\n",
};

describe.skipIf(chromiumPath === undefined)(
  "B4, B5: rejects and differences are decided in Chromium (needs the Debian package chromium)",
  () => {
    let browser: SignedInBrowser;
    beforeAll(async () => {
      for (const [file, text] of Object.entries(PEOPLE)) project.write(file, text);
      browser = await SignedInBrowser.start(polyflow);
    });
    afterAll(() => browser.close());
    afterEach(async () => {
      await browser.closePages();
      expect(browser.problems.splice(0)).toEqual([]);
    });
    const load = () => polyflow.command("df", "run", "people", "--project", project.dir);

    test("a rejected row is corrected in the grid and loaded; what is downloaded is safe and comes back corrected", async () => {
      project.write("source/people.csv", 'id,name,age\n1,Ann,30\n2,"=1+1",forty\n3,Cid,x\n');
      await load();
      const page = await browser.open({ locale: "en-US", colorScheme: "light" });
      await page.goto("/data?tab=rejects&flow=people");
      await page.getByRole("row", { name: /forty/ }).getByRole("button", { name: "Edit row 2" }).click();
      await page.getByRole("dialog").getByLabel("age").fill("40");
      // asked again: the button to save has its colour a moment after it may be pressed
      await expect.poll(() => accessibilityProblems(page)).toEqual([]);
      await keepPicture(page, "data-reject-correct-light-en");
      await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
      const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download CSV" }).click()]);
      const csv = readFileSync(await download.path(), "utf8");
      expect(csv).toContain("'=1+1");
      const edited = csv.replace(/,3,x,Cid/, ",3,50,Cid");
      expect(edited).not.toBe(csv);
      await page.locator('input[type="file"]').setInputFiles({ name: "rejects.csv", mimeType: "text/csv", buffer: Buffer.from(edited) });
      await page.getByText("1 record corrected").waitFor();
      await page.getByRole("button", { name: "Load corrected rows" }).click();
      expect(await accessibilityProblems(page)).toEqual([]);
      await page.getByRole("dialog").getByRole("button", { name: "Load", exact: true }).click();
      await page.getByText("Loaded: 2, rejected again: 0").waitFor({ timeout: 60_000 });
      await keepPicture(page, "data-rejects-replayed-light-en");
      const { loads } = await client.request<{ loads: readonly { target: number }[] }>("GET", "/ui/data/entities/main/t.people");
      expect(loads[0]?.target).toBe(3);
    });

    test("a new column is shown as a difference, accepted with a confirmation, and in the audit log", async () => {
      project.write("source/people.csv", "id,name,age,city\n1,Ann,30,Perm\n");
      await load();
      const page = await browser.open({ locale: "ru-RU", colorScheme: "dark" });
      await page.goto("/data?tab=drift");
      await page.getByRole("button", { name: "Принять city" }).click();
      await page.getByText("Сделать это отличие правилом?").waitFor();
      expect(await accessibilityProblems(page)).toEqual([]);
      await keepPicture(page, "data-drift-accept-dark-ru");
      await page.getByRole("dialog").getByRole("button", { name: "Принять" }).click();
      await page.getByText("Принято: city").waitFor();
      expect(readFileSync(join(project.dir, "metadata/entities/people.odcs.yaml"), "utf8")).toContain("city");
      expect((await load()).code).toBe(0);
      const { event_logs: events } = await client.request<{ event_logs: readonly { event: string }[] }>(
        "GET",
        "/api/v2/eventLogs?limit=100",
      );
      expect(events.map(({ event }) => event)).toEqual(
        expect.arrayContaining(["accept_drift", "fix_reject", "import_rejects", "replay_rejects"]),
      );
    });
  },
);
