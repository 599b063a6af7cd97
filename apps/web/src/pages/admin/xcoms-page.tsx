import { ActionIcon, Modal, Tooltip } from "@mantine/core";
import { IconEye } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type BrowsedXCom, browsedXComsQuery } from "../../api/browse.ts";
import { ProcessLink, RunLink, TaskLink } from "../../lists/links.tsx";
import { ListBody } from "../../lists/list-body.tsx";
import { DayFilter, ListFilters, TextFilter } from "../../lists/list-filters.tsx";
import { ListPage } from "../../lists/list-page.tsx";
import { isNarrowed } from "../../lists/list-search.ts";
import { type Column, ListTable } from "../../lists/list-table.tsx";
import { useListSearch } from "../../lists/use-list-search.ts";
import { When } from "../../ui/when.tsx";
import { XComValue } from "../../xcom/xcom-value.tsx";

const keyOf = (entry: BrowsedXCom) => `${entry.dag_id} ${entry.run_id} ${entry.task_id} ${entry.map_index} ${entry.key}`;

/** What tasks handed on, over all processes. */
export function XComsPage() {
  const { t } = useTranslation();
  const { search, change } = useListSearch();
  const query = useInfiniteQuery(browsedXComsQuery(search));
  const rows = query.data?.pages.flatMap((page) => page.xcoms);
  const [opened, open] = useState<BrowsedXCom | null>(null);
  const filters = { search, change };
  const columns: readonly Column<BrowsedXCom>[] = [
    { header: t("Key"), cell: (entry) => <span className="pf-mono">{entry.key}</span>, fixed: true },
    { header: t("Process"), cell: (entry) => <ProcessLink dagId={entry.dag_id} />, fixed: true },
    {
      header: t("Task"),
      cell: (entry) => <TaskLink dagId={entry.dag_id} runId={entry.run_id} taskId={entry.task_id} mapIndex={entry.map_index} />,
      fixed: true,
    },
    { header: t("Run"), cell: (entry) => <RunLink dagId={entry.dag_id} runId={entry.run_id} />, fixed: true },
    { header: t("When"), cell: (entry) => <When at={entry.at} />, fixed: true, dim: true },
  ];
  return (
    <ListPage title={t("XComs")} hint={t("Values that tasks handed on to those after them.")}>
      <ListFilters {...filters}>
        <TextFilter name="key" label={t("Key")} {...filters} />
        <TextFilter name="dag" label={t("Process")} {...filters} />
        <TextFilter name="task" label={t("Task")} {...filters} />
        <TextFilter name="run" label={t("Run")} {...filters} />
        <DayFilter name="from" label={t("from", { context: "day" })} {...filters} />
        <DayFilter name="until" label={t("until", { context: "day" })} {...filters} />
      </ListFilters>
      <ListBody query={query} count={rows?.length} narrowed={isNarrowed(search)} empty={{ title: t("No task has handed on anything yet") }}>
        <ListTable
          label={t("XComs")}
          columns={columns}
          rows={rows ?? []}
          keyOf={keyOf}
          actions={(entry) => (
            <Tooltip label={t("Show the value")}>
              <ActionIcon variant="subtle" onClick={() => open(entry)} aria-label={t("Show the value of {{key}}", { key: entry.key })}>
                <IconEye size={17} />
              </ActionIcon>
            </Tooltip>
          )}
        />
      </ListBody>
      {opened && <XComDialog entry={opened} close={() => open(null)} />}
    </ListPage>
  );
}

function XComDialog({ entry, close }: { entry: BrowsedXCom; close: () => void }) {
  const { t } = useTranslation();
  const address = { dagId: entry.dag_id, runId: entry.run_id, taskId: entry.task_id, mapIndex: entry.map_index };
  return (
    <Modal opened onClose={close} size="lg" title={`${entry.task_id} · ${entry.key}`} closeButtonProps={{ "aria-label": t("Close") }}>
      <XComValue address={address} name={entry.key} deleted={close} />
    </Modal>
  );
}
