import { dag, task } from "@polyflow/sdk";

const call = task({ id: "call", maxActivePerDag: 2, priorityWeight: 5, poolSlots: 2 }, (input: { part: number }, ctx) =>
  ctx.log.info(`Part ${input.part}: at most two of these run at once, over all runs of the DAG.`),
);

export const exampleLimits = dag(
  {
    id: "example_limits",
    description: "Limits of one task, slots of a pool, priorities / Ограничения одной задачи, места пула, приоритеты",
    owner: "examples",
    tags: ["example", "feature"],
    isPausedUponCreation: false,
  },
  () => {
    call.expand({ part: [1, 2, 3, 4] });
  },
);
