/** Writes examples/source/seattle-weather.xlsx from vega-datasets: a report as people make them, with a title, a header of two rows, subtotals. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { styled, type TestCell, workbook } from "../packages/loader/src/test-files.ts";

const ROOT = join(import.meta.dirname, "..");
const EPOCH_MS = Date.UTC(1899, 11, 30);
const [, ...lines] = readFileSync(join(ROOT, "node_modules/vega-datasets/data/seattle-weather.csv"), "utf8").trim().split("\n");

const rows: (readonly TestCell[])[] = [
  ["Погода в Сиэтле: отчёт по дням"],
  ["День", "Осадки, мм", "Температура, °C", null, "Ветер, м/с", "Погода"],
  [null, null, "макс", "мин", null, null],
];
let year = "";
let rain = 0;
for (const line of lines) {
  const [day = "", precipitation = "", warmest = "", coldest = "", wind = "", weather = ""] = line.split(",");
  if (year !== "" && day.slice(0, 4) !== year) endYear();
  year = day.slice(0, 4);
  rain += Number(precipitation);
  rows.push([
    styled((Date.parse(day) - EPOCH_MS) / 86_400_000, 1),
    Number(precipitation),
    Number(warmest),
    Number(coldest),
    Number(wind),
    weather,
  ]);
}
endYear();

const content = workbook({
  "О файле": { rows: [["Составлено из vega-datasets (BSD-3-Clause), seattle-weather.csv"]] },
  Погода: { rows, merged: ["A1:F1", "A2:A3", "B2:B3", "C2:D2", "E2:E3", "F2:F3"] },
});
writeFileSync(join(ROOT, "examples/source/seattle-weather.xlsx"), content);

function endYear(): void {
  rows.push([`Итого за ${year} год`, Number(rain.toFixed(1))]);
  rain = 0;
}
