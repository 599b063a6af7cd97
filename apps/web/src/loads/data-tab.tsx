import { Skeleton } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { UiLoads } from "@polyflow/contracts/wire";
import { Nothing, Problem } from "../ui/problem.tsx";
import { LoadCard } from "./load-card.tsx";

/** What the run's loads did with the data. */
export function DataTab({ loads }: { loads: UseQueryResult<UiLoads> }) {
  const { t } = useTranslation();
  if (loads.error && !loads.data) return <Problem error={loads.error} retry={() => void loads.refetch()} />;
  if (!loads.data) return <Skeleton height={320} />;
  if (loads.data.loads.length === 0) {
    return (
      <Nothing title={t("No loads in this run")}>{t("Tasks that load data report here what they read, loaded and rejected.")}</Nothing>
    );
  }
  return loads.data.loads.map((load) => (
    <LoadCard key={`${load.task_id} ${load.map_index} ${load.try_number} ${load.report.loadId}`} load={load} />
  ));
}
