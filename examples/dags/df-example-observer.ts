import { type Observation, observe } from "@polyflow/provider-data";
import { dag, task } from "@polyflow/sdk";

const docMd = `
## Наблюдатель

Раз в час смотрит, что случилось с загрузками: упавшие потоки, потоки без свежих данных, необычный объём, нарушенные правила качества,
отклонённые строки и расхождения, которые ждут человека. Итог — в журнале задачи \`report\` и в её результате. Чтобы о находках узнавали
люди, напишите \`failOn: "error"\`: запуск станет красным и сработают его уведомления. С соединением \`api\` видны и упавшие запуски.

## An observer

Looks once an hour at what has become of the loads: failed flows, flows without fresh data, unusual volumes, broken quality rules, rejects and
differences that wait for a person. The result is in the log and the output of the task \`report\`. To let people know, write
\`failOn: "error"\`: the run turns red and its callbacks are called. With a connection \`api\` failed runs are seen, too.
`;

const report = task("report", (input: { seen: Observation }, ctx) => {
  const { errors, warnings, findings } = input.seen;
  const kinds = Map.groupBy(findings, ({ kind }) => kind);
  for (const [kind, found] of kinds) ctx.log.info(`${kind}: ${found.map(({ about }) => about).join(", ")}`);
  return { errors, warnings, kinds: [...kinds.keys()].toSorted() };
});

export const dfExampleObserver = dag(
  {
    id: "df_example_observer",
    description: "Looks after the loads: failures, freshness, volume, quality, rejects",
    docMd,
    owner: "examples",
    tags: ["example", "data", "observer"],
    schedule: "@hourly",
    isPausedUponCreation: true,
    maxActiveRuns: 1,
  },
  () => {
    report({ seen: observe({ id: "observe", hours: 24, staleAfterHours: 48, volumePercent: 50 }) });
  },
);
