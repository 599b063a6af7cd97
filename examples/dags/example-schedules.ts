import { anyOf, asset, dag, task } from "@polyflow/sdk";

const docMd = `
Расписания: несколько cron, промежуток, список моментов, один раз, без перерыва, по данным или по времени.
\`npx polyflow dags next-execution example_many_crons -n 5\` показывает ближайшие запуски.

Schedules: several crons, an interval, a list of instants, once, without a break, by data or by time. The command shows the next runs.
`;

const common = { docMd, owner: "examples", tags: ["example", "feature"], startDate: "2026-01-01", timezone: "Europe/Moscow" };

const show = task("show", (_input: object, ctx) => ({
  for: ctx.logicalDate?.toISOString() ?? null,
  by: Object.keys(ctx.triggeringAssetEvents),
}));

/** 09:00 on working days and noon on Saturdays. */
export const exampleManyCrons = dag(
  { ...common, id: "example_many_crons", schedule: ["0 9 * * MON-FRI", "0 12 * * SAT"], description: "Several crons / Несколько cron" },
  () => void show(),
);

export const exampleInterval = dag(
  { ...common, id: "example_interval", schedule: { every: "6h" }, description: "Every six hours / Каждые шесть часов" },
  () => void show(),
);

/** Runs at these instants and at no others: quarterly reports. */
export const exampleEvents = dag(
  {
    ...common,
    id: "example_events",
    schedule: { events: ["2027-04-15T09:00", "2027-07-15T09:00", "2027-10-15T09:00"], description: "Days of the reports" },
    description: "A list of instants / Список моментов",
  },
  () => void show(),
);

export const exampleOnce = dag(
  { ...common, id: "example_once", schedule: "@once", description: "A single run, as soon as it is switched on / Один запуск" },
  () => void show(),
);

/** The next run starts when the last one has ended: for queues that always have something in them. */
export const exampleContinuous = dag(
  { ...common, id: "example_continuous", schedule: "@continuous", description: "Run after run, without a break / Запуск за запуском" },
  () => void task("drain_queue", async (_input: object, ctx) => ctx.sleep("5s"))(),
);

/** As soon as one of the assets was updated, and each morning in any case. */
export const exampleAssetOrTime = dag(
  {
    ...common,
    id: "example_asset_or_time",
    schedule: { assets: anyOf(asset("example_orders"), asset("example_customers")), or: "0 6 * * *" },
    description: "By data or by time / По данным или по времени",
  },
  () => void show(),
);
