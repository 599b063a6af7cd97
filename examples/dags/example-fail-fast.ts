import { chain, dag, FailTask, task } from "@polyflow/sdk";

const check = task("check", () => {
  throw new FailTask("The file is not the one that was announced.");
});
const load = task("load", async (_input: object, ctx) => ctx.sleep("10m"));
const publish = task("publish", () => "done");

/** The first failure ends the whole run at once: what runs is stopped, what waits is skipped. This run fails on purpose. */
export const exampleFailFast = dag(
  {
    id: "example_fail_fast",
    description: "The first failure ends the run / Первая ошибка завершает запуск",
    owner: "examples",
    tags: ["example"],
    failFast: true,
  },
  () => {
    check();
    chain(load(), publish());
  },
);
