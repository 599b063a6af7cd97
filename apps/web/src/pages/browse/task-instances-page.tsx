import { Button } from "@mantine/core";
import { keepPreviousData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useRights } from "../../access/use-rights.ts";
import { type BrowsedTask, browsedTasksQuery } from "../../api/browse.ts";
import { clearTasks } from "../../api/runs.ts";
import { type Confirmation, ConfirmDialog } from "../../lists/confirm-dialog.tsx";
import { forEach } from "../../lists/for-each.ts";
import { ProcessLink, RunLink, TaskLink } from "../../lists/links.tsx";
import { ListBody } from "../../lists/list-body.tsx";
import { ChoiceFilter, DayFilter, ListFilters, TextFilter } from "../../lists/list-filters.tsx";
import { ListPage } from "../../lists/list-page.tsx";
import { isNarrowed } from "../../lists/list-search.ts";
import { type Column, ListTable } from "../../lists/list-table.tsx";
import { SelectionBar } from "../../lists/selection-bar.tsx";
import { useListSearch } from "../../lists/use-list-search.ts";
import { useSelection } from "../../lists/use-selection.ts";
import { StateBadge } from "../../state/state-badge.tsx";
import { STATE_LABELS, STATE_ORDER } from "../../state/state-label.ts";
import { Elapsed, When } from "../../ui/when.tsx";

const keyOf = (task: BrowsedTask) => `${task.dag_id} ${task.run_id} ${task.task_id} ${task.map_index}`;

/** Task instances of all processes, those of the newest runs first. */
export function TaskInstancesPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const rights = useRights();
  const { search, change } = useListSearch();
  const query = useInfiniteQuery({ ...browsedTasksQuery(search), placeholderData: keepPreviousData });
  const tasks = query.data?.pages.flatMap((page) => page.task_instances);
  const selection = useSelection((tasks ?? []).map(keyOf));
  const [asked, ask] = useState<Confirmation | null>(null);
  const chosen = (tasks ?? []).filter((task) => selection.keys.has(keyOf(task)));
  const filters = { search, change };
  const clear = async () => {
    const ofRuns = [...Map.groupBy(chosen, (task) => `${task.dag_id} ${task.run_id}`).values()];
    await forEach(ofRuns, ([first, ...rest]) =>
      first === undefined
        ? Promise.resolve()
        : clearTasks({
            dagId: first.dag_id,
            runId: first.run_id,
            taskIds: [first, ...rest].map((task) => task.task_id),
            onlyFailed: false,
            dryRun: false,
          }),
    );
    selection.set([]);
    await client.invalidateQueries({ queryKey: ["browse"] });
  };
  return (
    <ListPage title={t("Task instances")}>
      <ListFilters {...filters}>
        <TextFilter name="dag" label={t("Process")} {...filters} />
        <TextFilter name="run" label={t("Run")} {...filters} />
        <TextFilter name="task" label={t("Task")} {...filters} />
        <ChoiceFilter
          name="state"
          label={t("State")}
          choices={STATE_ORDER.map((value) => ({ value, label: t(STATE_LABELS[value]) }))}
          {...filters}
        />
        <TextFilter name="pool" label={t("Pool")} {...filters} />
        <DayFilter name="from" label={t("from", { context: "day" })} {...filters} />
        <DayFilter name="until" label={t("until", { context: "day" })} {...filters} />
      </ListFilters>
      <ListBody query={query} count={tasks?.length} narrowed={isNarrowed(search)} empty={{ title: t("No task has run yet") }}>
        <ListTable
          label={t("Task instances")}
          columns={useTaskColumns()}
          rows={tasks ?? []}
          keyOf={keyOf}
          selection={rights.somewhere("edit", "Task Instances") ? selection : undefined}
        />
      </ListBody>
      <SelectionBar selection={selection}>
        <Button
          size="xs"
          onClick={() =>
            ask({
              title: t("Clear tasks"),
              text: t("Cleared tasks run again; their earlier tries and logs stay."),
              names: chosen.map((task) => `${task.dag_id} · ${task.run_id} · ${task.task_id}`),
              confirm: t("Clear"),
              run: clear,
            })
          }
        >
          {t("Clear")}
        </Button>
      </SelectionBar>
      {asked && <ConfirmDialog asked={asked} close={() => ask(null)} />}
    </ListPage>
  );
}

function useTaskColumns(): readonly Column<BrowsedTask>[] {
  const { t } = useTranslation();
  return [
    { header: t("State"), cell: (task) => <StateBadge state={task.state} /> },
    { header: t("Process"), cell: (task) => <ProcessLink dagId={task.dag_id} />, fixed: true },
    {
      header: t("Task"),
      cell: (task) => <TaskLink dagId={task.dag_id} runId={task.run_id} taskId={task.task_id} mapIndex={task.map_index} />,
      fixed: true,
    },
    { header: t("Run"), cell: (task) => <RunLink dagId={task.dag_id} runId={task.run_id} />, fixed: true },
    { header: t("Operator"), cell: (task) => task.operator, dim: true, fixed: true },
    { header: t("Pool"), cell: (task) => task.pool, dim: true, fixed: true },
    { header: t("Tries"), cell: (task) => task.try_number, align: "end" },
    { header: t("Started"), cell: (task) => (task.start_date ? <When at={task.start_date} /> : "—"), fixed: true },
    {
      header: t("Duration"),
      cell: (task) => <Elapsed start={task.start_date} end={task.end_date} live={task.state === "running"} />,
      fixed: true,
    },
  ];
}
