import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { dataEntityQuery } from "../../api/data.ts";
import type { UiDataEntity } from "@polyflow/contracts/wire";
import classes from "../../data/data.module.css";
import { QualityBadge } from "../../data/quality-badge.tsx";
import { useInLanguage } from "../../data/use-in-language.ts";
import { useFormat } from "../../format/format-provider.tsx";
import lists from "../../lists/lists.module.css";
import { PageHeader } from "../../shell/page-header.tsx";
import { PageLoading } from "../../shell/page-states.tsx";
import { Facts } from "../../ui/facts.tsx";
import { PageTabs } from "../../ui/page-tabs.tsx";
import { Problem } from "../../ui/problem.tsx";
import { When } from "../../ui/when.tsx";
import { ColumnsTab } from "./columns-tab.tsx";
import { LineageTab } from "./lineage-tab.tsx";
import { LoadsTab } from "./loads-tab.tsx";
import { QualityTab } from "./quality-tab.tsx";

/** One table: what it holds, how good that is, when it came and from where. */
export function EntityPage() {
  const { t } = useTranslation();
  const { project, entity: ref } = useParams({ from: "/signed-in/data/entities/$project/$entity" });
  const search = useSearch({ from: "/signed-in/data/entities/$project/$entity" });
  const navigate = useNavigate({ from: "/data/entities/$project/$entity" });
  const { data, error, refetch } = useQuery(dataEntityQuery(project, ref));
  const local = useInLanguage();
  const entity = useMemo(() => data && entityIn(data, local), [data, local]);
  if (error && !entity) return <Problem error={error} retry={() => void refetch()} />;
  if (!entity) return <PageLoading />;
  const tab = search.tab ?? "columns";
  const Tab = { columns: ColumnsTab, quality: QualityTab, loads: LoadsTab, lineage: LineageTab }[tab];
  return (
    <>
      <PageHeader
        title={entity.title ?? entity.ref}
        trail={[
          <Link key="data" to="/data">
            {t("Data")}
          </Link>,
        ]}
        beside={entity.quality !== null && <QualityBadge status={entity.quality} />}
      >
        {entity.description !== null && <p className={lists["hint"]}>{entity.description}</p>}
        <EntityFacts entity={entity} />
      </PageHeader>
      {entity.warehouse_problem !== null && (
        <div className={lists["content"]}>
          <p className={classes["notice"]}>{entity.warehouse_problem}</p>
        </div>
      )}
      <PageTabs
        label={t("Views of the table")}
        value={tab}
        choose={(next) => void navigate({ search: { tab: next }, resetScroll: false })}
        tabs={[
          { value: "columns", label: t("Columns"), count: entity.columns.length },
          { value: "quality", label: t("Quality"), count: entity.rules.length },
          { value: "loads", label: t("Loads"), count: entity.loads.length },
          { value: "lineage", label: t("Lineage") },
        ]}
      >
        <div className={classes["stack"]}>
          <Tab entity={entity} />
        </div>
      </PageTabs>
    </>
  );
}

/** The table, its columns, rules and flows in the language of the interface. */
function entityIn(entity: UiDataEntity, local: ReturnType<typeof useInLanguage>): UiDataEntity {
  const { columns, rules, flow_details: flows } = entity;
  return { ...local(entity), columns: columns.map(local), rules: rules.map(local), flow_details: flows.map(local) };
}

function EntityFacts({ entity }: { entity: UiDataEntity }) {
  const { t } = useTranslation();
  const format = useFormat();
  const load = entity.last_load;
  return (
    <Facts
      row
      facts={[
        { name: t("Table"), value: <span className="pf-mono">{`${entity.schema}.${entity.table}`}</span> },
        { name: t("Project"), value: entity.project },
        { name: t("Owner"), value: entity.owner },
        { name: t("Rows"), value: load === null ? null : format.number(load.target) },
        { name: t("Last load"), value: load === null ? t("Never loaded") : <When at={load.finished_at} /> },
        { name: t("Described in"), value: <span className="pf-mono">{entity.file}</span> },
      ]}
    />
  );
}
