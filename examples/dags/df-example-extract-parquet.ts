import { load } from "@polyflow/provider-data";
import { dag, task } from "@polyflow/sdk";

const docMd = `
## Загрузка Parquet

**flights-3m.parquet**: три миллиона рейсов, 13 МБ в сжатом виде. Файл читается по группам строк, таблица заменяется целиком: читатели
видят либо прежние данные, либо новые.

## Loading Parquet

**flights-3m.parquet**: three million flights, 13 MB compressed. The file is read one row group after the other, the table is replaced
as a whole: readers see either the old data or the new.
`;

/** The airports that most flights leave late from. */
const latestAirports = task("latest_airports", async (input: { flights: number }, ctx) => {
  const session = await ctx.sql("df");
  const airports = await session.query(
    `select origin, count(*)::int as flights, round(avg(delay_min), 1) as delay from examples.flights
      group by origin having count(*) > 10000 order by avg(delay_min) desc limit 5`,
  );
  ctx.log.info(`${input.flights} flights. The latest of the large airports, by average delay in minutes:`);
  for (const row of airports) ctx.log.info(`  ${String(row["origin"])}: ${String(row["delay"])}, ${String(row["flights"])} flights`);
  return { flights: input.flights };
});

export const dfExampleExtractParquet = dag(
  {
    id: "df_example_extract_parquet",
    description: "Loads three million flights from Parquet and replaces the table",
    docMd,
    owner: "examples",
    tags: ["example", "data"],
    isPausedUponCreation: false,
    maxActiveRuns: 1,
    defaults: { retries: 1, retryDelay: "10s", executionTimeout: "20m" },
  },
  () => {
    const flights = load({ id: "load_flights", flow: "flights" });
    latestAirports({ flights: flights.get("rows") });
  },
);
