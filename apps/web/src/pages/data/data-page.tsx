import { Button, CloseButton, TextInput } from "@mantine/core";
import { IconPlus, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { useRights } from "../../access/use-rights.ts";
import { dataOverviewQuery } from "../../api/data.ts";
import classes from "../../data/data.module.css";
import lists from "../../lists/lists.module.css";
import { PageHeader } from "../../shell/page-header.tsx";
import { PageTabs } from "../../ui/page-tabs.tsx";
import type { DataSearch } from "./data-search.ts";
import { DriftTab } from "./drift-tab.tsx";
import { EntitiesTab } from "./entities-tab.tsx";
import { LineageGraphTab } from "./lineage/lineage-graph-tab.tsx";
import { RejectsTab } from "./rejects-tab.tsx";
import { SourcesTab } from "./sources-tab.tsx";
import type { DataTabProps } from "./data-tab-props.ts";

/** The data catalogue: what is described, what was loaded, and what was not (B10, C6). */
export function DataPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: "/signed-in/data" });
  const navigate = useNavigate({ from: "/data" });
  const { data } = useQuery(dataOverviewQuery);
  const change = useCallback(
    (part: DataSearch) => {
      void navigate({ search: (before) => ({ ...before, ...part }), replace: part.tab === undefined, resetScroll: false });
    },
    [navigate],
  );
  const tab = search.tab ?? "entities";
  const Tab = { entities: EntitiesTab, sources: SourcesTab, lineage: LineageGraphTab, rejects: RejectsTab, drift: DriftTab }[tab];
  return (
    <>
      <PageHeader title={t("Data")} actions={tab === "entities" || tab === "sources" ? <Actions search={search} change={change} /> : null}>
        <p className={lists["hint"]}>{t("Tables, where their rows come from, and how loading them went.")}</p>
        {data?.warehouse_problem != null && <p className={classes["notice"]}>{data.warehouse_problem}</p>}
        {data?.problems.map((problem) => (
          <p key={`${problem.project} ${problem.text}`} className={classes["notice"]}>
            {problem.project}: {problem.text}
          </p>
        ))}
      </PageHeader>
      <PageTabs
        label={t("Parts of the catalogue")}
        value={tab}
        choose={(next) => change({ tab: next, state: undefined, flow: undefined, node: undefined, column: undefined })}
        tabs={[
          { value: "entities", label: t("Tables"), count: data?.entities.length },
          { value: "sources", label: t("Sources"), count: data?.sources.length },
          { value: "lineage", label: t("Lineage") },
          { value: "rejects", label: t("Rejected rows") },
          { value: "drift", label: t("Differences") },
        ]}
      >
        <Tab search={search} change={change} />
      </PageTabs>
    </>
  );
}

function Actions(props: DataTabProps) {
  const { t } = useTranslation();
  const rights = useRights();
  return (
    <>
      <Search {...props} />
      {rights.everywhere("edit", "Data") && (
        <Button leftSection={<IconPlus size={16} />} renderRoot={(rest) => <Link {...rest} to="/data/designer" />}>
          {t("New source")}
        </Button>
      )}
    </>
  );
}

function Search({ search, change }: DataTabProps) {
  const { t } = useTranslation();
  return (
    <TextInput
      w={300}
      leftSection={<IconSearch size={16} />}
      aria-label={t("Search tables, columns, sources")}
      placeholder={t("Search tables, columns, sources")}
      value={search.q ?? ""}
      onChange={(event) => change({ q: event.currentTarget.value || undefined })}
      rightSection={
        search.q !== undefined && <CloseButton size="sm" aria-label={t("Clear search")} onClick={() => change({ q: undefined })} />
      }
    />
  );
}
