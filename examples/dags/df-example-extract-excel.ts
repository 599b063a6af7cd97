import { load } from "@polyflow/provider-data";
import { dag, task } from "@polyflow/sdk";

const docMd = `
## Загрузка Excel

**seattle-weather.xlsx**: отчёт, какие делают люди. Над таблицей название, заголовок из двух строк с объединёнными ячейками
(«Температура, °C» над «макс» и «мин»), настоящие даты, после каждого года строка «Итого». Всё это описано в
\`metadata/sources/seattle-weather.yaml\`; загружаются 1 461 день, строки итогов пропускаются.

Такое описание предлагает команда \`polyflow df infer source/seattle-weather.xlsx --sheet Погода\`.

## Loading Excel

**seattle-weather.xlsx**: a report as people make them. A title above the table, a header of two rows with merged cells
("Температура, °C" above "макс" and "мин"), real dates, a row of totals after each year. \`metadata/sources/seattle-weather.yaml\`
says all that; 1,461 days are loaded, the totals are left out.

\`polyflow df infer source/seattle-weather.xlsx --sheet Погода\` proposes such a description.
`;

/** The rainiest month of each year. */
const rainiestMonths = task("rainiest_months", async (input: { days: number }, ctx) => {
  const session = await ctx.sql("df");
  const months = await session.query(
    `select distinct on (extract(year from month)) to_char(month, 'YYYY-MM') as month, rain
       from (select date_trunc('month', day) as month, sum(precipitation_mm) as rain from examples.weather group by 1) months
      order by extract(year from month), rain desc`,
  );
  for (const row of months) ctx.log.info(`${String(row["month"])}: ${String(row["rain"])} mm`);
  return { days: input.days, months: months.length };
});

export const dfExampleExtractExcel = dag(
  {
    id: "df_example_extract_excel",
    description: "Loads a report from Excel: title, header of two rows, real dates, totals left out",
    docMd,
    owner: "examples",
    tags: ["example", "data"],
    isPausedUponCreation: false,
    maxActiveRuns: 1,
    defaults: { retries: 1, retryDelay: "10s", executionTimeout: "10m" },
  },
  () => {
    const weather = load({ id: "load_weather", flow: "weather" });
    rainiestMonths({ days: weather.get("rows") });
  },
);
