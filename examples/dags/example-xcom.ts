import { chain, dag, task } from "@polyflow/sdk";

const docMd = `
## Данные между задачами

Обычно данные передаются как вход: \`get\` и параметр. Здесь остальное: значение под своим ключом, отметка, которую следующий запуск читает
из прошлого, и значение, слишком большое для базы метаданных (оно лежит в хранилище, \`[xcom] storage\`).

## Data between tasks

Mostly data goes as an input. This is the rest: a value under a key of its own, a watermark that the next run reads from the one before, and
a value that is too large for the metadata database (it stands in a store, \`[xcom] storage\`).
`;

const collect = task("collect", async (_input: object, ctx) => {
  const before = await ctx.xcom.pull<number>(ctx.taskId, { key: "watermark", includePriorDates: true });
  const watermark = (before ?? 0) + 1;
  await ctx.xcom.push("watermark", watermark);
  await ctx.xcom.push(
    "rows",
    Array.from({ length: 20_000 }, (_, id) => ({ id, name: `row ${id} of ${watermark}` })),
  );
  return { watermark };
});

const check = task("check", async (_input: object, ctx) => {
  const rows = await ctx.xcom.pull<readonly { readonly id: number }[]>("collect", { key: "rows" });
  if (rows?.length !== 20_000) throw new Error(`${rows?.length ?? 0} rows arrived instead of 20,000.`);
  ctx.log.info(`${rows.length} rows arrived.`);
  return { rows: rows.length };
});

export const exampleXcom = dag(
  {
    id: "example_xcom",
    description: "Values under keys, from runs before, larger than the database takes",
    docMd,
    owner: "examples",
    tags: ["example", "feature"],
  },
  () => {
    chain(collect(), check());
  },
);
