import { duckdb } from "@polyflow/provider-duckdb";
import { dag, sql } from "@polyflow/sdk";

const docMd = `
## SQL по файлам без сервера

Встроенный DuckDB читает CSV прямо из файла, сводит погоду Сиэтла по месяцам и кладёт итог в таблицу \`examples.weather_by_month\`
одной транзакцией. Запрос видит только названные файлы и папку проекта. Нужен пакет \`@duckdb/node-api\`.

## SQL over files, without a server

An embedded DuckDB reads a CSV right from its file, sums the weather of Seattle up by month and puts the result into the table
\`examples.weather_by_month\` in one transaction. The query sees the named files and the project's folder alone. Needs the package
\`@duckdb/node-api\`.
`;

export const dfExampleDuckdb = dag(
  {
    id: "df_example_duckdb",
    description: "SQL over files by an embedded DuckDB, into a table",
    docMd,
    owner: "examples",
    tags: ["example", "data"],
    isPausedUponCreation: false,
    maxActiveRuns: 1,
  },
  () => {
    const byMonth = duckdb({
      id: "by_month",
      inputs: { weather: "package:vega-datasets/data/seattle-weather.csv" },
      query: `
        select date_trunc('month', date)::date as month, count(*)::int as days,
               sum(precipitation)::decimal(10, 1) as rain_mm, max(temp_max)::decimal(5, 1) as warmest
          from weather group by all order by month`,
      to: { table: "examples.weather_by_month" },
    });
    byMonth.before(
      sql({
        id: "wettest",
        connection: "df",
        statement: "select month, rain_mm from examples.weather_by_month order by rain_mm desc limit 3",
      }),
    );
  },
);
