import { load } from "@polyflow/provider-data";
import { dag, task } from "@polyflow/sdk";

const docMd = `
## Ворота качества: этот запуск должен стать красным

Те же фильмы, но правило \`rating_known\` (рейтинг известен у девяти фильмов из десяти) здесь имеет важность \`error\`. Файл его не
выполняет: рейтинга нет у 18,4 %. Поэтому загрузка отменяется целиком: таблица \`examples.movies_strict\` остаётся прежней, плохие данные
в неё не попадают. Результаты правил и отклонённые строки сохраняются и видны на вкладке загрузки. Задача \`publish\` не выполняется.

Исправить можно данные или правило: в \`metadata/entities/movies-strict.odcs.yaml\` напишите \`severity: warning\`.

## A quality gate: this run is meant to turn red

The same films, but here the rule \`rating_known\` (nine films in ten have a rating) has the severity \`error\`. The file does not pass it:
18.4 % have none. So the load is taken back as a whole: the table \`examples.movies_strict\` stays as it was, bad data never gets into it.
The results of the rules and the rejects are kept and shown with the load. The task \`publish\` does not run.

Repair the data or the rule: write \`severity: warning\` in \`metadata/entities/movies-strict.odcs.yaml\`.
`;

const publish = task("publish", (input: { rows: number }, ctx) => {
  ctx.log.info(`${input.rows} films passed all rules and may be published.`);
  return input.rows;
});

export const dfExampleQualityGate = dag(
  {
    id: "df_example_quality_gate",
    description: "Fails on purpose: shows how a rule keeps bad data out of a table",
    docMd,
    owner: "examples",
    tags: ["example", "data", "fails on purpose"],
    isPausedUponCreation: false,
    maxActiveRuns: 1,
  },
  () => {
    const movies = load({ id: "load_movies_strict", flow: "movies_strict" });
    publish({ rows: movies.get("rows") });
  },
);
