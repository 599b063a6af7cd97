import { Group, SegmentedControl, Skeleton } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { gridQuery } from "../../api/grid.ts";
import { RunGrid } from "../../grid/run-grid.tsx";
import { Nothing, Problem } from "../../ui/problem.tsx";
import type { DagTabProps } from "./dag-tab-props.ts";

const LIMITS = ["25", "50", "100", "365"];
const DEFAULT_LIMIT = 50;

/** Runs against tasks, newest on the right. */
export function GridTab({ dag, search, change }: DagTabProps) {
  const { t } = useTranslation();
  const limit = search.limit ?? DEFAULT_LIMIT;
  const { data, error, refetch } = useQuery({ ...gridQuery(dag.dag_id, limit), placeholderData: keepPreviousData });
  return (
    <>
      <Group gap="sm">
        <span>{t("Runs shown")}</span>
        <SegmentedControl
          size="xs"
          aria-label={t("Runs shown")}
          data={LIMITS}
          value={String(limit)}
          onChange={(next) => change({ limit: Number(next) === DEFAULT_LIMIT ? undefined : Number(next) })}
        />
      </Group>
      {error && !data ? (
        <Problem error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Skeleton height={320} />
      ) : data.runs.length === 0 ? (
        <Nothing title={t("No runs yet")} />
      ) : (
        <RunGrid key={limit} dagId={dag.dag_id} grid={data} />
      )}
    </>
  );
}
