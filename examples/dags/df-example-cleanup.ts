import { cleanupLoads, cleanupRuns } from "@polyflow/provider-data";
import { dag } from "@polyflow/sdk";

const docMd = `
## Уборка

Удаляет старое: в хранилище — журналы загрузок, от которых уже ничего не зависит, результаты правил, профили, разобранные отклонения; в
самом Polyflow — завершённые запуски с их экземплярами задач, XCom и журналами (по десять новейших у каждого процесса остаются).
Загруженные данные не трогаются, повторы загрузок остаются без последствий. По умолчанию — только показ: что было бы удалено. Чтобы
удалить, запустите с \`dry_run: false\`. Для запусков нужно соединение \`polyflow\` (тип http) с пользователем, который вправе удалять
запуски; без него эта задача пропускается.

## Cleaning up

Deletes what is old: in the warehouse, ledger entries that nothing depends on any more, results of rules, profiles, rejects that have been
dealt with; in Polyflow itself, ended runs with their task instances, XComs and logs (the ten newest of each process stay). Loaded data is
not touched, and repeats of loads stay no-ops. By default it only shows what would go; start it with \`dry_run: false\` to delete. For the
runs it needs a connection \`polyflow\` (type http) with a user who may delete runs; without one that task is skipped.
`;

export const dfExampleCleanup = dag(
  {
    id: "df_example_cleanup",
    description: "Deletes old runs, logs, XComs and ledger entries; a dry run by default",
    docMd,
    owner: "examples",
    tags: ["example", "data", "cleanup"],
    isPausedUponCreation: true,
    schedule: "@daily",
    maxActiveRuns: 1,
    params: {
      days: { type: "integer", default: 90, minimum: 0, title: "Старше, дней / Older than, days" },
      dry_run: { type: "boolean", default: true, title: "Только показать / Only show" },
    },
  },
  () => {
    const limits = { olderThanDays: "{{ params.days }}", dryRun: "{{ params.dry_run }}" };
    cleanupLoads({ id: "old_loads", ...limits });
    cleanupRuns({ id: "old_runs", connection: "polyflow", optional: true, ...limits });
  },
);
