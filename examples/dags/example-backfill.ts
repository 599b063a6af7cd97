import { dag, task } from "@polyflow/sdk";

const docMd = `
## Дозагрузка за прошедшие даты

Каждый запуск обрабатывает одни сутки. Недостающие даты досчитывает дозагрузка, у которой свой предел одновременных запусков:

    npx polyflow backfill create example_backfill --from-date 2026-01-01T00:00:00Z --to-date 2026-01-07T00:00:00Z --dry-run

## Backfill of dates of the past

Each run deals with one day. What is missing is made up for by a backfill, which has a limit of runs of its own; the command above shows
what it would do, and without \`--dry-run\` does it.
`;

const processDay = task("process_day", (_input: object, ctx) => {
  // A run that somebody starts by hand without a date has none: it takes today.
  const day = (ctx.logicalDate ?? ctx.runAfter).toISOString().slice(0, 10);
  ctx.log.info(`Everything of ${day} is done.`);
  return { day };
});

export const exampleBackfill = dag(
  {
    id: "example_backfill",
    description: "One run for each day: made for backfills",
    docMd,
    owner: "examples",
    tags: ["example", "feature"],
    schedule: "@daily",
    startDate: "2026-01-01",
    isPausedUponCreation: false,
  },
  () => {
    processDay();
  },
);
