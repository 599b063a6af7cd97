import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type DriftRow, driftQuery } from "../../api/data.ts";
import { ListBody } from "../../lists/list-body.tsx";
import { ListTable } from "../../lists/list-table.tsx";
import { msgid } from "../../i18n/msgid.ts";
import { When } from "../../ui/when.tsx";
import type { DataTabProps } from "./data-page.tsx";

const STATES: { readonly [state in DriftRow["state"]]: string } = {
  open: msgid("Open"),
  accepted: msgid("Accepted"),
  dismissed: msgid("Dismissed"),
};

/** Where file, description and table do not agree (B5). */
export function DriftTab({ search }: DataTabProps) {
  const { t } = useTranslation();
  const query = useQuery(driftQuery(search.state));
  return (
    <ListBody
      query={query}
      count={query.data?.drift.length}
      narrowed={search.state !== undefined}
      empty={{ title: t("No differences"), text: t("When a file gains or loses a column, or a type changes, it is shown here.") }}
    >
      <ListTable<DriftRow>
        label={t("Differences")}
        rows={query.data?.drift ?? []}
        keyOf={(drift) => String(drift.drift_id)}
        columns={[
          { header: t("Table"), cell: (drift) => <span className="pf-mono">{drift.target}</span> },
          { header: t("Flow"), cell: (drift) => drift.flow },
          { header: t("What"), cell: (drift) => <span className="pf-mono">{drift.kind}</span>, fixed: true },
          { header: t("Column"), cell: (drift) => <span className="pf-mono">{drift.column}</span> },
          { header: t("Before"), cell: (drift) => drift.before ?? "—", dim: true },
          { header: t("Now"), cell: (drift) => drift.after ?? "—" },
          { header: t("State"), cell: (drift) => t(STATES[drift.state]), fixed: true },
          { header: t("Seen"), cell: (drift) => drift.times, align: "end" },
          { header: t("Last seen"), cell: (drift) => <When at={drift.last_found_at} />, fixed: true },
        ]}
      />
    </ListBody>
  );
}
