import { Button } from "@mantine/core";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useRights } from "../../access/use-rights.ts";
import { type DeadLetter, deadLettersQuery } from "../../api/browse.ts";
import { touchTasks } from "../../api/task-actions.ts";
import { BrowsePage } from "../../lists/browse-page.tsx";
import { type Confirmation, ConfirmDialog } from "../../lists/confirm-dialog.tsx";
import { ProcessLink, RunLink, TaskLink } from "../../lists/links.tsx";
import { TextFilter } from "../../lists/list-filters.tsx";
import type { Column } from "../../lists/list-table.tsx";
import { useListSearch } from "../../lists/use-list-search.ts";
import { When } from "../../ui/when.tsx";

const keyOf = (letter: DeadLetter) => `${letter.dag_id} ${letter.dag_run_id} ${letter.task_id} ${letter.map_index}`;

/** Tasks that were given up since their workers were lost too often, with the reason; each can be tried again. */
export function DeadLettersPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const rights = useRights();
  const filters = useListSearch();
  const query = useInfiniteQuery(deadLettersQuery(filters.search));
  const rows = query.data?.pages.flatMap((page) => page.dead_letters);
  const [asked, ask] = useState<Confirmation | null>(null);
  const retry = (letter: DeadLetter) =>
    ask({
      title: t("Try the task again"),
      text: t("Cleared tasks run again; their earlier tries and logs stay."),
      names: [`${letter.dag_id} · ${letter.dag_run_id} · ${taskName(letter)}`],
      confirm: t("Try again"),
      run: async () => {
        await clear(letter);
        await client.invalidateQueries({ queryKey: ["browse"] });
      },
    });
  const again = (letter: DeadLetter) => (
    <Button
      size="compact-xs"
      variant="default"
      aria-label={t("Try again: {{task}}", { task: taskName(letter) })}
      onClick={() => retry(letter)}
    >
      {t("Try again")}
    </Button>
  );
  const actions = rights.somewhere("edit", "Task Instances") ? again : undefined;
  const columns = useColumns();
  return (
    <BrowsePage
      title={t("Dead letters")}
      hint={t("Tasks that were given up, since their workers were lost too often.")}
      filters={filters}
      filterFields={<TextFilter name="dag" label={t("Process, its whole id")} {...filters} />}
      query={query}
      rows={rows}
      columns={columns}
      keyOf={keyOf}
      actions={actions}
      empty={{
        title: t("No task was given up"),
        text: t("A task whose worker is lost is started again; only the fourth loss ends that."),
      }}
    >
      {asked && <ConfirmDialog asked={asked} close={() => ask(null)} />}
    </BrowsePage>
  );
}

function useColumns(): readonly Column<DeadLetter>[] {
  const { t } = useTranslation();
  return [
    { header: t("Process"), cell: (letter) => <ProcessLink dagId={letter.dag_id} />, fixed: true },
    {
      header: t("Task"),
      cell: (letter) => <TaskLink dagId={letter.dag_id} runId={letter.dag_run_id} taskId={letter.task_id} mapIndex={letter.map_index} />,
      fixed: true,
    },
    { header: t("Run"), cell: (letter) => <RunLink dagId={letter.dag_id} runId={letter.dag_run_id} />, fixed: true },
    { header: t("Reason"), cell: (letter) => letter.reason ?? "—" },
    { header: t("Worker"), cell: (letter) => letter.hostname ?? "—", dim: true, fixed: true },
    { header: t("Given up"), cell: (letter) => (letter.end_date === null ? "—" : <When at={letter.end_date} />), fixed: true },
  ];
}

function clear({ dag_id: dagId, dag_run_id: runId, task_id: taskId, map_index: mapIndex }: DeadLetter): Promise<unknown> {
  const target = { dagId, runId, taskIds: [taskId], ...(mapIndex < 0 ? {} : { mapIndex }) };
  return touchTasks({ action: "clear", target, reach: { onlyFailed: true }, dryRun: false });
}

function taskName({ task_id: taskId, map_index: mapIndex }: DeadLetter): string {
  return mapIndex < 0 ? taskId : `${taskId} [${mapIndex}]`;
}
