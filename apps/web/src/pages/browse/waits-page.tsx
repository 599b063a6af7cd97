import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type BrowsedWait, browsedWaitsQuery } from "../../api/browse.ts";
import { msgid } from "../../i18n/msgid.ts";
import { BrowsePage } from "../../lists/browse-page.tsx";
import { ProcessLink, RunLink, TaskLink } from "../../lists/links.tsx";
import { ChoiceFilter, TextFilter } from "../../lists/list-filters.tsx";
import type { Column } from "../../lists/list-table.tsx";
import { useListSearch } from "../../lists/use-list-search.ts";
import { StateBadge } from "../../state/state-badge.tsx";
import { STATE_LABELS } from "../../state/state-label.ts";
import { When } from "../../ui/when.tsx";

const STATES = ["deferred", "up_for_reschedule", "up_for_retry"] as const;
const TRIGGERS: Readonly<Record<string, string>> = { time: msgid("a moment"), poke: msgid("a check by a worker") };

const keyOf = (wait: BrowsedWait) => `${wait.dag_id} ${wait.run_id} ${wait.task_id} ${wait.map_index}`;

/** Tasks that wait without a process: deferred, between two looks of a sensor, or before the next try. */
export function WaitsPage() {
  const { t } = useTranslation();
  const filters = useListSearch();
  const query = useInfiniteQuery(browsedWaitsQuery(filters.search));
  const rows = query.data?.pages.flatMap((page) => page.waits);
  const columns: readonly Column<BrowsedWait>[] = [
    { header: t("State"), cell: (wait) => <StateBadge state={wait.state} />, fixed: true },
    { header: t("Process"), cell: (wait) => <ProcessLink dagId={wait.dag_id} />, fixed: true },
    {
      header: t("Task"),
      cell: (wait) => <TaskLink dagId={wait.dag_id} runId={wait.run_id} taskId={wait.task_id} mapIndex={wait.map_index} />,
      fixed: true,
    },
    { header: t("Run"), cell: (wait) => <RunLink dagId={wait.dag_id} runId={wait.run_id} />, fixed: true },
    { header: t("Waits for"), cell: (wait) => <WaitsFor wait={wait} /> },
    { header: t("Since"), cell: (wait) => <When at={wait.since} />, fixed: true },
    { header: t("Goes on"), cell: (wait) => (wait.wakes_at === null ? "—" : <When at={wait.wakes_at} />), fixed: true },
    { header: t("Gives up"), cell: (wait) => (wait.timeout_at === null ? "—" : <When at={wait.timeout_at} />), fixed: true, dim: true },
  ];
  return (
    <BrowsePage
      title={t("Triggers and waits")}
      hint={t("Tasks that wait without taking a process or, mostly, a slot.")}
      filters={filters}
      filterFields={
        <>
          <ChoiceFilter
            name="state"
            label={t("State")}
            {...filters}
            choices={STATES.map((state) => ({ value: state, label: t(STATE_LABELS[state]) }))}
          />
          <TextFilter name="dag" label={t("Process")} {...filters} />
          <TextFilter name="task" label={t("Task")} {...filters} />
          <TextFilter name="run" label={t("Run")} {...filters} />
        </>
      }
      query={query}
      rows={rows}
      columns={columns}
      keyOf={keyOf}
      empty={{ title: t("No task waits") }}
    />
  );
}

function WaitsFor({ wait }: { wait: BrowsedWait }) {
  const { t } = useTranslation();
  if (wait.state === "up_for_retry") return t("its next try");
  if (wait.state === "up_for_reschedule") return t("its next look");
  const what = t(TRIGGERS[wait.trigger ?? ""] ?? "—");
  if (!wait.is_watched) return what;
  return wait.watcher === null
    ? t("{{what}}; no worker looks yet", { what })
    : t("{{what}}; {{worker}} looks", { what, worker: wait.watcher });
}
