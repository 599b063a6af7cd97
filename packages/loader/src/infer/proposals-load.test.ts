import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openLocalFile } from "../extract/source-file.ts";
import { dbf, encode, styled, workbook, zip } from "../test-files.ts";
import { TestWarehouse } from "../test-warehouse.ts";
import { inferSource } from "./infer-source.ts";
import type { InferHints } from "./infer-hints.ts";

let warehouse: TestWarehouse;
beforeAll(async () => {
  warehouse = await TestWarehouse.create(inject("postgresUrl"));
});
afterAll(async () => {
  await warehouse.remove();
});

/** Writes a file into the project together with what is proposed for it; gives the flow's name. */
async function propose(
  file: string,
  content: string | Uint8Array,
  hints: InferHints = {},
): Promise<{ readonly flow: string; readonly read: number }> {
  warehouse.write(`source/${file}`, content);
  const path = join(warehouse.projectDir, "source", file);
  const inferred = await inferSource({ open: () => openLocalFile(path), path: file, schema: "t", hints });
  for (const proposed of [inferred.source, inferred.entity, inferred.flow]) warehouse.write(proposed.file, proposed.text);
  return { flow: inferred.name, read: inferred.read };
}

const BOOK = workbook({
  Лист: {
    rows: [
      ["Отчёт"],
      ["Товар", "Продажи", null],
      [null, "шт.", "Дата"],
      ["Чай", 5, styled(45_291, 1)],
      ["Кофе", 7, styled(45_292, 1)],
      ["Итого", 12],
    ],
    merged: ["A1:C1", "A2:A3", "B2:C2"],
  },
});

describe("B1: what infer proposes loads as it is, and a second time changes nothing", () => {
  test.each<readonly [string, string | Uint8Array, readonly (string | null)[]]>([
    [
      "Продажи.csv",
      encode("№;Код;Сумма;Дата\n1;007;1\u00a0234,5;31.12.2023\n2;008;н/д;01.01.2024\n", "windows-1251"),
      ["1", "007", "1234.5", "2023-12-31"],
    ],
    ["book.xlsx", BOOK, ["Чай", "5", "2023-12-31"]],
    [
      "nested.json.gz",
      gzipSync('[{"id": "a1", "at": {"city": "Тула"}, "sum": 1.50, "ok": true}, {"id": "a2", "at": {"city": null}, "sum": 2}]'),
      ["a1", "Тула", "1.50", "true"],
    ],
    ["data.zip", zip({ "d.xml": '<r><i id="1"><n>a</n></i><i id="2"/></r>' }), ["1", "a"]],
    [
      "old.dbf",
      dbf(
        [
          { name: "KOD", type: "C", length: 4 },
          { name: "D", type: "D", length: 8 },
        ],
        [
          ["0071", "20231231"],
          ["0002", ""],
        ],
        { label: "ibm866", driver: 0x65 },
      ),
      ["0071", "2023-12-31"],
    ],
    ["bare.tsv", "01\t2024-01-01 10:00:00\n02\t2024-01-01 10:00:01\n", ["01", "2024-01-01 10:00:00"]],
  ])("%s", async (file, content, first) => {
    const { flow, read } = await propose(file, content);
    const { report, failure } = await warehouse.load(flow);
    expect([failure?.message, report.rows.loaded, report.rejects]).toEqual([undefined, read, []]);
    const columns = await warehouse.rows(
      `select column_name from information_schema.columns where table_schema = 't' and table_name = '${flow}' and column_name not like '\\_%' order by ordinal_position`,
    );
    const list = columns.map(([name]) => `"${String(name)}"::text`).join(", ");
    expect(await warehouse.rows(`select ${list} from t."${flow}"`)).toContainEqual(first);
    expect((await warehouse.load(flow)).report.status).toBe("repeated");
  });
});

/** A folder with the city.csv of HFLabs. */
const data = process.env["POLYFLOW_TEST_DATA"];
const cities = join(data ?? "", "city.csv");

describe.skipIf(data === undefined || !existsSync(cities))("B1: the cities of Russia", () => {
  test("codes stay text; only what changed is written; a bad population is one reject; windows-1251 with semicolons loads the same", async () => {
    const text = readFileSync(cities, "utf8");
    const { flow } = await propose("city.csv", text);
    expect((await warehouse.load(flow)).report.rows).toMatchObject({ loaded: 1117, rejected: 0, target: 1117 });
    const types = await warehouse.rows(
      "select column_name, data_type from information_schema.columns where table_name = 'city' and column_name in ('kladr_id', 'okato', 'oktmo', 'tax_office')",
    );
    expect(types.map(([, type]) => type)).toEqual(["text", "text", "text", "text"]);
    expect((await warehouse.load(flow)).report.status).toBe("repeated");
    warehouse.write("source/city.csv", text.replace(",12689,1969", ",12690,1969"));
    expect((await warehouse.load(flow)).report.rows).toMatchObject({ inserted: 0, updated: 1, unchanged: 1116 });
    warehouse.write("source/city.csv", text.replace(",12689,1969", ",many,1969"));
    const bad = await warehouse.load(flow);
    expect(bad.report.rejects.map(({ column, value, reason }) => [column, value, reason])).toEqual([
      ["population", "many", "not an integer"],
    ]);
    const semicolons = text
      .split("\n")
      .map((line) => line.replaceAll(/("(?:[^"]|"")*")|,/g, (_, quoted: string | undefined) => quoted ?? ";"))
      .join("\n");
    const other = await propose("city_1251.csv", encode(semicolons, "windows-1251"));
    expect((await warehouse.load(other.flow)).report.rows).toMatchObject({ loaded: 1117, rejected: 0 });
    warehouse.write("source/city.csv", text);
    await warehouse.load(flow, { force: true });
    const difference = await warehouse.rows(
      "select count(*)::int from (select address, population from t.city except select address, population from t.city_1251) d",
    );
    expect(difference).toEqual([[0]]);
  });
});
