import { useTranslation } from "react-i18next";
import type { PreviewReject } from "../../../api/layouts.ts";
import { useRejectWords } from "../../../data/use-reject-words.ts";
import { ListTable } from "../../../lists/list-table.tsx";
import { Nothing } from "../../../ui/problem.tsx";

/** Cells and records that a load would refuse, each with its reason. */
export function RejectList({ rejects }: { rejects: readonly PreviewReject[] }) {
  const { t } = useTranslation();
  const { reasonOf, columnOf } = useRejectWords();
  if (rejects.length === 0) return <Nothing title={t("Nothing would be rejected")} />;
  return (
    <ListTable<PreviewReject>
      label={t("Rejected values")}
      rows={rejects}
      keyOf={(reject) => `${reject.row} ${reject.column}`}
      columns={[
        { header: t("Row"), cell: (reject) => reject.row, align: "end" },
        { header: t("Column"), cell: (reject) => <span className="pf-mono">{columnOf(reject.column)}</span> },
        { header: t("Value"), cell: (reject) => <span className="pf-mono">{reject.value ?? t("empty")}</span> },
        { header: t("Reason"), cell: (reject) => reasonOf(reject.reason) },
      ]}
    />
  );
}
