import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { dataLineageQuery } from "../../../api/data.ts";
import data from "../../../data/data.module.css";
import { useInLanguage } from "../../../data/use-in-language.ts";
import { Nothing, Problem } from "../../../ui/problem.tsx";
import type { DataTabProps } from "../data-tab-props.ts";
import { LineageExplorer } from "./lineage-explorer.tsx";

/** Where all data of the catalogue comes from and where it goes (B10, C6). */
export function LineageGraphTab({ search, change }: DataTabProps) {
  const { t } = useTranslation();
  const { data: answer, error, refetch } = useQuery(dataLineageQuery);
  const local = useInLanguage();
  const lineage = useMemo(() => answer && { ...answer, nodes: answer.nodes.map(local) }, [answer, local]);
  if (error && !lineage) return <Problem error={error} retry={() => void refetch()} />;
  if (!lineage) return <Skeleton height={440} />;
  if (lineage.nodes.length === 0)
    return (
      <Nothing title={t("Nothing is described yet")}>
        {t("Sources, tables and models of the projects stand here, joined by what flows between them.")}
      </Nothing>
    );
  return (
    <>
      {lineage.problems.map(({ project, text }) => (
        <p key={`${project} ${text}`} className={data["notice"]}>
          {project}: {text}
        </p>
      ))}
      <LineageExplorer lineage={lineage} search={search} change={change} />
    </>
  );
}
