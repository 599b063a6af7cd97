import { dag, task } from "@polyflow/sdk";

const docMd = `
Задачи этого процесса берут места пула \`example_warehouse\`. Пулы заводит тот, кто знает, сколько выдержит система за ними, а не проект:

    npx polyflow pools set example_warehouse 2 "сеансы, которые разрешает хранилище"

Пока пула нет, задачи ждут; \`polyflow tasks why example_pools small\` говорит, чего. «large» занимает оба места и идёт первой: её приоритет выше.

The tasks of this process take slots of the pool \`example_warehouse\`. Pools are made by those who know what the system behind them bears, not
by a project:

    npx polyflow pools set example_warehouse 2 "sessions that the warehouse allows"

While the pool does not exist the tasks wait; \`polyflow tasks why example_pools small\` says what for. "large" takes both slots and goes first:
its priority is higher.
`;

const pool = "example_warehouse";
const small = task({ id: "small", pool }, (input: { part: number }, ctx) => ctx.log.info(`Part ${input.part}: one slot of two.`));
const large = task({ id: "large", pool, poolSlots: 2, priorityWeight: 10, weightRule: "absolute" }, (_input: object, ctx) =>
  ctx.log.info("Both slots: nothing else of the pool runs beside it."),
);

export const examplePools = dag(
  {
    id: "example_pools",
    description: "Slots of a pool of its own / Места собственного пула",
    docMd,
    owner: "examples",
    tags: ["example", "pool"],
  },
  () => {
    large();
    small.expand({ part: [1, 2, 3] });
  },
);
