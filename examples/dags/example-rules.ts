import { chain, dag, FailTask, SkipTask, task } from "@polyflow/sdk";

const docMd = `
## Когда задача выполняется

\`check\` пропускает себя (нет новых файлов), \`deliver\` падает без повторов, \`flaky\` проходит с третьей попытки. Правила задач после них
решают по-своему: \`alarm\` работает, потому что одна упала, \`tidy\` в любом случае, \`publish\` никогда. Запуск успешен: решает последняя задача.

## When a task runs

\`check\` skips itself (no new files), \`deliver\` fails without further tries, \`flaky\` passes at its third try. The rules of the tasks after
them decide: \`alarm\` runs because one failed, \`tidy\` in any case, \`publish\` never. The run succeeds: its last task decides.
`;

const common = { docMd, owner: "examples", tags: ["example", "feature"] };
const say = (id: string, text: string) => task(id, (_input: object, ctx) => ctx.log.info(text));

const check = task("check", () => {
  throw new SkipTask("There are no new files.");
});
const deliver = task({ id: "deliver", retries: 5 }, () => {
  throw new FailTask("The address does not exist: another try would not help.");
});
const flaky = task(
  { id: "flaky", retries: 3, retryDelay: "500ms", retryBackoff: 2, maxRetryDelay: "2s", executionTimeout: "10s" },
  (_input: object, ctx) => {
    if (ctx.tryNumber < 3) throw new Error(`Try ${ctx.tryNumber} of four fails on purpose.`);
    return { tries: ctx.tryNumber };
  },
);

export const exampleRules = dag(
  { ...common, id: "example_rules", description: "Trigger rules, skipping, failing, retries / Условия запуска, пропуск, отказ, повторы" },
  () => {
    const [checked, delivered, passed] = [check(), deliver(), flaky()];
    const alarm = say("alarm", "One of them failed.").with({ triggerRule: "one_failed" })();
    const publish = say("publish", "Never runs.").with({ triggerRule: "all_success" })();
    const tidy = say("tidy", "Runs whatever happened.").with({ triggerRule: "all_done" })();
    for (const next of [alarm, publish]) next.after(checked, delivered, passed);
    tidy.after(alarm, publish);
  },
);

/** Days in their order: a day waits for the day before, and for what follows from it. */
export const exampleDependsOnPast = dag(
  {
    ...common,
    id: "example_depends_on_past",
    description: "Each day waits for the one before / Каждый день ждёт предыдущего",
    schedule: "@daily",
    startDate: "2026-01-01",
    isPausedUponCreation: true,
  },
  () => {
    const balance = say("balance", "Yesterday's balance is there.").with({ waitForDownstream: true })();
    chain(balance, say("report", "The report follows.").with({ dependsOnPast: true })());
  },
);
