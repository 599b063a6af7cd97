import { load } from "@polyflow/provider-data";
import { dag, task } from "@polyflow/sdk";

const docMd = `
## Загрузка CSV

Загружает два настоящих файла в схему \`examples\` хранилища:

- **airports.csv**: 3 376 аэропортов. Текст \`NA\` означает «неизвестно»; правило \`city_known\` предупреждает о городах без названия.
- **zipcodes.csv**: 42 049 почтовых индексов. Индекс описан как текст, поэтому \`00501\` сохраняет нули.

Строки сливаются по ключу: повторный запуск ничего не изменит и ничего не удвоит. Что откуда берётся, сказано в
\`metadata/sources\`, \`metadata/entities\` и \`metadata/flows\`.

## Loading CSV

Loads two real files into the schema \`examples\` of the warehouse:

- **airports.csv**: 3,376 airports. The text \`NA\` means "not known"; the rule \`city_known\` warns about airports without a city.
- **zipcodes.csv**: 42,049 postal codes. The code is described as text, so \`00501\` keeps its zeros.

Rows are merged by key: another run changes nothing and doubles nothing. What comes from where is said in
\`metadata/sources\`, \`metadata/entities\` and \`metadata/flows\`.
`;

/** Counts what is in the tables, after both loads. */
const summarise = task("summarise", async (input: { airports: number; zipcodes: number }, ctx) => {
  const session = await ctx.sql("df");
  const states = await session.query(
    `select state, count(*)::int as airports,
            (select count(*)::int from examples.zipcodes z where z.state = a.state) as zipcodes
       from examples.airports a where state is not null
      group by state order by airports desc limit 5`,
  );
  ctx.log.info(`${input.airports} airports and ${input.zipcodes} postal codes are in the warehouse. The states with most airports:`);
  for (const row of states)
    ctx.log.info(`  ${String(row["state"])}: ${String(row["airports"])} airports, ${String(row["zipcodes"])} postal codes`);
  return { airports: input.airports, zipcodes: input.zipcodes };
});

export const dfExampleExtractCsv = dag(
  {
    id: "df_example_extract_csv",
    description: "Loads airports.csv and zipcodes.csv, checks them, and counts what came",
    docMd,
    owner: "examples",
    tags: ["example", "data"],
    isPausedUponCreation: false,
    maxActiveRuns: 1,
    defaults: { retries: 1, retryDelay: "10s", executionTimeout: "10m" },
  },
  () => {
    const airports = load({ id: "load_airports", flow: "airports" });
    const zipcodes = load({ id: "load_zipcodes", flow: "zipcodes" });
    summarise({ airports: airports.get("rows"), zipcodes: zipcodes.get("rows") });
  },
);
