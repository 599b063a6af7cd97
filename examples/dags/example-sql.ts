import { chain, dag, sql, task } from "@polyflow/sdk";

const docMd = `
## Соединения, переменные, SQL

Задачи берут хранилище из соединения \`df\`, область — из переменной \`example_area\` (нет её — \`north\`). Значения идут в запрос параметрами,
а не текстом; несколько операторов выполняются в одной транзакции; строки ответа становятся результатом задачи.

## Connections, variables, SQL

The tasks take the warehouse from the connection \`df\`, the area from the variable \`example_area\` (\`north\` if there is none). Values go into
a statement as parameters, not as text; several statements run in one transaction; the rows of an answer are the output of the task.
`;

const area = task("area", async (_input: object, ctx) => {
  const { type, host } = await ctx.connection("df");
  ctx.log.info(`The warehouse is ${type} on ${host ?? "this machine"}.`);
  return await ctx.variable("example_area", "north");
});

const report = task("report", (input: { areas: readonly { area: string; sales: string }[] }, ctx) => {
  for (const row of input.areas) ctx.log.info(`${row.area}: ${row.sales}`);
  return input.areas.length;
});

export const exampleSql = dag(
  {
    id: "example_sql",
    description: "SQL on a connection, with parameters; variables / SQL по соединению, с параметрами; переменные",
    docMd,
    owner: "examples",
    tags: ["example", "feature"],
  },
  () => {
    const prepare = sql({
      id: "prepare",
      connection: "df",
      statements: [
        "create schema if not exists examples",
        "create table if not exists examples.sales_by_area (area text primary key, sales numeric not null)",
        "insert into examples.sales_by_area values ('north', 120.5), ('south', 80) on conflict do nothing",
      ],
    });
    const found = sql<"rows", { area: string; sales: string }>({
      id: "find",
      connection: "df",
      statement: "select area, sales from examples.sales_by_area where area = $1 -- {{ run_id }}",
      parameters: [area()],
    });
    chain(prepare, found);
    report({ areas: found });
  },
);
