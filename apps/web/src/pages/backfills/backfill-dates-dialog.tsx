import { Modal, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type Backfill, type BackfillDate, backfillDatesQuery } from "../../api/backfills.ts";
import { useFormat } from "../../format/format-provider.tsx";
import { RunLink } from "../../lists/links.tsx";
import { ListTable } from "../../lists/list-table.tsx";
import { StateBadge } from "../../state/state-badge.tsx";
import { Problem } from "../../ui/problem.tsx";
import { skipReason } from "./skip-reasons.ts";

/** Each date of a backfill: its run, or why it has none. */
export function BackfillDatesDialog({ backfill, close }: { backfill: Backfill; close: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { data, error } = useQuery(backfillDatesQuery(backfill.id));
  const state = (date: BackfillDate) =>
    date.state !== null ? <StateBadge state={date.state} /> : date.skip_reason !== null ? t(skipReason(date.skip_reason)) : t("to come");
  return (
    <Modal
      opened
      onClose={close}
      size="lg"
      title={t("Dates of the backfill of {{name}}", { name: backfill.dag_id })}
      closeButtonProps={{ "aria-label": t("Close") }}
    >
      {error ? (
        <Problem error={error} />
      ) : data ? (
        <ListTable
          label={t("Dates")}
          rows={data.dates}
          keyOf={(date) => date.logical_date}
          columns={[
            { header: t("Date"), cell: (date) => format.instant(date.logical_date), fixed: true },
            { header: t("State"), cell: state },
            { header: t("Run"), cell: (date) => date.dag_run_id && <RunLink dagId={backfill.dag_id} runId={date.dag_run_id} /> },
          ]}
        />
      ) : (
        <Skeleton height={200} />
      )}
    </Modal>
  );
}
