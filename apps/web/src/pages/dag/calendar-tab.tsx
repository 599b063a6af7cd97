import { ActionIcon, Group, Skeleton } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { calendarQuery } from "../../api/dags.ts";
import { YearCalendar } from "../../calendar/year-calendar.tsx";
import { useFormat } from "../../format/format-provider.tsx";
import { Problem } from "../../ui/problem.tsx";
import type { DagTabProps } from "./dag-tab-props.ts";

/** The runs of a year by day, past and planned; a day leads to its runs. */
export function CalendarTab({ dag, search, change }: DagTabProps) {
  const { t } = useTranslation();
  const { zone = new Intl.DateTimeFormat().resolvedOptions().timeZone } = useFormat();
  const year = search.year ?? new Date().getFullYear();
  const { data, error, refetch } = useQuery({ ...calendarQuery(dag.dag_id, year, zone), placeholderData: keepPreviousData });
  if (error && !data) return <Problem error={error} retry={() => void refetch()} />;
  return (
    <>
      <Group gap="xs">
        <ActionIcon variant="default" size={34} aria-label={t("Year before")} onClick={() => change({ year: year - 1 })}>
          <IconChevronLeft size={18} />
        </ActionIcon>
        <strong>{year}</strong>
        <ActionIcon variant="default" size={34} aria-label={t("Year after")} onClick={() => change({ year: year + 1 })}>
          <IconChevronRight size={18} />
        </ActionIcon>
      </Group>
      {data ? (
        <YearCalendar year={year} calendar={data} choose={(day) => change({ tab: "runs", from: day, until: day })} />
      ) : (
        <Skeleton height={420} />
      )}
    </>
  );
}
