import { load, models } from "@polyflow/provider-data";
import { chain, dag, sql } from "@polyflow/sdk";

const docMd = `
## Модели SQL

Загружает аэропорты и три миллиона рейсов и строит из них две модели: таблицу \`examples.airport_delays\` (опоздания по аэропортам) и
представление \`examples.state_delays\` (по штатам). Запросы лежат в \`metadata/models\`; что от чего зависит, сказано в них самих словом
\`ref\`. Откуда берётся каждый столбец, видно в разделе «Данные» → «Происхождение».

## SQL models

Loads airports and three million flights and builds two models of them: the table \`examples.airport_delays\` (delays by airport) and the
view \`examples.state_delays\` (by state). The queries stand in \`metadata/models\`; they say themselves, by \`ref\`, what depends on what.
Where each column comes from is seen under Data → Lineage.
`;

export const dfExampleModels = dag(
  {
    id: "df_example_models",
    description: "Builds a table and a view from what was loaded, in the order of their references",
    docMd,
    owner: "examples",
    tags: ["example", "data"],
    isPausedUponCreation: false,
    maxActiveRuns: 1,
    defaults: { retries: 1, retryDelay: "10s", executionTimeout: "20m" },
  },
  () => {
    const loads = [load({ id: "load_airports", flow: "airports" }), load({ id: "load_flights", flow: "flights" })];
    const build = models({ id: "build", models: ["airport_delays", "state_delays"] });
    const latest = sql({
      id: "latest",
      connection: "df",
      statement: "select state, flights, average_delay_min from examples.state_delays order by average_delay_min desc limit 5",
    });
    chain(loads, build, latest);
  },
);
