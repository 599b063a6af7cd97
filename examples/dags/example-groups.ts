import { chain, dag, group, setup, task, teardown } from "@polyflow/sdk";

const step = (id: string) => task(id, (_input: object, ctx) => ctx.log.info(`${ctx.taskId} runs.`));
const makeTable = setup("make_table", () => "work_table");
const fill = task("fill", (input: { table: string }, ctx) => ctx.log.info(`Fills ${input.table}.`));
const dropTable = teardown("drop_table", (_input: object, ctx) => ctx.log.info("Runs even if the work before it failed."));

export const exampleGroups = dag(
  {
    id: "example_groups",
    description: "Groups, a setup and its teardown / Группы, подготовка и уборка",
    owner: "examples",
    tags: ["example", "feature"],
    isPausedUponCreation: false,
  },
  () => {
    const prepare = group("prepare", () => chain(step("download")(), step("unpack")()), { tooltip: "Gets the files", label: "Prepare" });
    const load = group(
      "load",
      () => {
        const table = makeTable();
        const drop = dropTable();
        chain(table, fill({ table }), drop);
        drop.after(table);
      },
      { defaults: { retries: 1, retryDelay: "1s" } },
    );
    chain(prepare, load, step("publish")());
  },
);
