import { describe, expect, test } from "vitest";
import { styled, workbook } from "../../test-files.ts";
import { readTable } from "../../test-reading.ts";

const fields = (...names: readonly string[]): string => `schema: {fields: [${names.join(", ")}]}\n`;
const XLSX = "path: book.xlsx\nformat: xlsx\n";

describe("B2: workbooks", () => {
  test("dates counted from 1900 and from 1904, times, and the day that Excel made up", async () => {
    const yaml = `${XLSX}${fields("{name: d, type: date}", "{name: t, type: datetime}", "{name: h, type: time}", "{name: any}")}`;
    const rows = [
      ["d", "t", "h", "any"],
      [styled(45_291, 1), styled(45_291.75, 2), styled(0.5, 3), styled(59, 1)],
      [styled(61, 1), styled(45_291, 2), styled(0.999_988_425_925_926, 3), styled(45_291.5, 2)],
    ];
    expect((await readTable(yaml, workbook({ A: { rows } }))).rows).toEqual([
      ["2023-12-31", "2023-12-31T18:00:00", "12:00:00", "1900-02-28"],
      ["1900-03-01", "2023-12-31T00:00:00", "23:59:59", "2023-12-31T12:00:00"],
    ]);
    expect((await readTable(yaml, workbook({ A: { rows } }, { is1904: true }))).rows[0]?.[0]).toBe("2028-01-01");
  });

  test("a cell is written as its field is described: real dates, numbers and booleans pass where texts of that look do", async () => {
    const yaml = `${XLSX}${fields('{name: d, type: date, format: "%d.%m.%Y"}', '{name: n, type: number, decimalChar: ","}', "{name: b, type: boolean, trueValues: [Да], falseValues: [Нет]}", "{name: i, type: integer}")}`;
    const rows = [
      ["d", "n", "b", "i"],
      [styled(45_291, 1), 1234.5, true, 7],
      ["31.12.2023", "1234,5", "Нет", "007"],
      [null, { xml: "<c><v>1.1000000000000001</v></c>" }, false, { xml: "<c><v>12345678901234567890</v></c>" }],
      [null, { xml: "<c><v>1.5E-7</v></c>" }, null, { xml: "<c><v>2E+18</v></c>" }],
    ];
    expect((await readTable(yaml, workbook({ A: { rows } }))).rows).toEqual([
      ["31.12.2023", "1234,5", "Да", "7"],
      ["31.12.2023", "1234,5", "Нет", "007"],
      [null, "1,1", "Нет", "12345678901234567890"],
      [null, "0,00000015", null, "2000000000000000000"],
    ]);
  });

  test("days whose cells lost their format are days where a date is declared, and only there", async () => {
    const rows = [
      ["d", "s"],
      [45_291, 45_291],
    ];
    const yaml = `${XLSX}${fields("{name: d, type: date}", "{name: s}")}`;
    expect((await readTable(yaml, workbook({ A: { rows } }))).rows).toEqual([["2023-12-31", "45291"]]);
  });

  test("the values of formulas, errors, texts in place, rich and phonetic texts", async () => {
    const rows = [
      ["a", "b", "c", "d"],
      [
        { xml: "<c><f>1+1</f><v>2</v></c>" },
        { xml: '<c t="str"><f>"x"&amp;"y"</f><v>xy</v></c>' },
        { xml: '<c t="e"><f>1/0</f><v>#DIV/0!</v></c>' },
        { xml: '<c t="inlineStr"><is><r><t>in </t></r><r><t>place_x000D_</t></r><rPh><t>nope</t></rPh></is></c>' },
      ],
    ];
    const read = await readTable(`${XLSX}${fields("{name: a}", "{name: b}", "{name: c}", "{name: d}")}`, workbook({ A: { rows } }));
    expect(read.rows).toEqual([["2", "xy", "#DIV/0!", "in place\r"]]);
  });

  test("several header rows with merged cells, names over two lines", async () => {
    const yaml =
      `${XLSX}dialect: {headerRows: [2, 3]}\n${fields("{name: Регион}", "{name: Продажи Кол-во}", "{name: Продажи Сумма, руб.}", "{name: column_4}")}`.replace(
        "{name: Продажи Сумма, руб.}",
        '{name: "Продажи Сумма, руб."}',
      );
    const rows = [
      ["Отчёт за март", null, null, null],
      ["Регион", "Продажи", null, null],
      [null, "Кол-во", "Сумма,\nруб.", null],
      ["Тула", 1, 2, null],
    ];
    const read = await readTable(yaml.replace(", {name: column_4}", ""), workbook({ A: { rows, merged: ["A1:C1", "B2:C2", "A2:A3"] } }));
    expect(read.header).toEqual(["Регион", "Продажи Кол-во", "Продажи Сумма, руб."]);
    expect(read.rows).toEqual([["Тула", "1", "2"]]);
  });

  test("a range, the sheet by name, hidden rows and columns, totals and a footer left out", async () => {
    const yaml =
      `${XLSX}dialect: {sheetName: Данные, range: "B3:E", hiddenRows: skip, hiddenColumns: skip, totals: "^Итого", footerRows: 1}\n` +
      fields("{name: город}", "{name: сумма}", "{name: код}");
    const rows = [
      ["x"],
      [],
      [null, "город", "сумма", "тайна", "код", "рядом"],
      [null, "Тула", 10, "s", "01", "мимо"],
      [null, "Скрыт", 20, "s", "02"],
      [null, null, null, null, null],
      [null, "Итого по области", 30],
      [null, "Орёл", 40, "s", "03"],
      [null, "Главный бухгалтер"],
    ];
    const book = workbook({ Титул: { rows: [["не то"]] }, Данные: { rows, hiddenRows: [5], hiddenColumns: [4] } });
    expect((await readTable(yaml, book)).rows).toEqual([
      ["Тула", "10", "01"],
      ["Орёл", "40", "03"],
    ]);
    await expect(readTable(yaml.replace("Данные", "Даные"), book)).rejects.toThrow(/has no sheet "Даные".*"Титул", "Данные".*Данные/);
  });

  test("merged cells of the data: the first alone, or all of them", async () => {
    const rows = [
      ["a", "b"],
      ["x", 1],
      [null, 2],
    ];
    const book = workbook({ A: { rows, merged: ["A2:A3"] } });
    const yaml = `${XLSX}${fields("{name: a}", "{name: b}")}`;
    expect((await readTable(yaml, book)).rows).toEqual([
      ["x", "1"],
      [null, "2"],
    ]);
    expect((await readTable(yaml.replace("schema", "dialect: {mergedCells: fill}\nschema"), book)).rows).toEqual([
      ["x", "1"],
      ["x", "2"],
    ]);
  });

  test("two columns of one name, and a value right of the header", async () => {
    const rows = [
      ["Сумма", "Сумма"],
      [1, 2],
      [3, 4, null, "лишнее"],
    ];
    const read = await readTable(`${XLSX}${fields("{name: Сумма}", "{name: Сумма_2}")}`, workbook({ A: { rows } }));
    expect(read.rows).toEqual([["1", "2"]]);
    expect(read.refused).toEqual([{ row: 2, reason: "has a value in column D, right of the header (row 3 of the sheet)" }]);
  });

  test("no header, an empty sheet, a file that is no workbook, texts beyond the memory limit", async () => {
    const rows = [["a", 1]];
    const yaml = `${XLSX}dialect: {header: false}\n${fields("{name: p}", "{name: q}")}`;
    expect((await readTable(yaml, workbook({ A: { rows } }))).rows).toEqual([["a", "1"]]);
    const plain = `${XLSX}${fields("{name: a}")}`;
    await expect(readTable(plain, workbook({ A: { rows: [] } }))).rejects.toMatchObject({ code: "source_empty" });
    await expect(readTable(plain, "a;b\n")).rejects.toMatchObject({
      code: "source_unreadable",
      message: expect.stringContaining("zip archive"),
    });
    const texts = Array.from({ length: 300 }, (_, index) => [`text ${index}`]);
    await expect(readTable(plain, workbook({ A: { rows: texts } }), { memoryBytes: 3000 })).rejects.toThrow(/memoryBytes/);
  });

  test("xls of Excel 97–2003", async () => {
    const { utils, write } = await import("@e965/xlsx");
    const book = utils.book_new();
    const sheet = utils.aoa_to_sheet([["Дата", "Код", "Сумма", "Да"], [new Date(Date.UTC(2023, 11, 31)), "007", 1.5, true], ["Итого"]], {
      UTC: true,
      cellDates: true,
    });
    utils.book_append_sheet(book, sheet, "Лист1");
    const bytes: unknown = write(book, { type: "buffer", bookType: "biff8" });
    const yaml = `path: book.xls\nformat: xls\ndialect: {totals: Итого}\n${fields("{name: Дата, type: date}", "{name: Код}", "{name: Сумма, type: number}", "{name: Да, type: boolean}")}`;
    if (!(bytes instanceof Uint8Array)) throw new Error("no bytes");
    expect((await readTable(yaml, bytes)).rows).toEqual([["2023-12-31", "007", "1.5", "true"]]);
  });
});
