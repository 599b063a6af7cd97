import { Button, Select } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type DataReject, dataOverviewQuery, rejectsQuery } from "../../api/data.ts";
import { ListBody } from "../../lists/list-body.tsx";
import { ListTable } from "../../lists/list-table.tsx";
import lists from "../../lists/lists.module.css";
import { csvText } from "../../loads/csv-text.ts";
import { Card } from "../../ui/card.tsx";
import { download } from "../../ui/download.ts";
import table from "../../ui/table.module.css";
import { When } from "../../ui/when.tsx";
import { msgid } from "../../i18n/msgid.ts";
import type { DataTabProps } from "./data-page.tsx";

const STATES = [
  { value: "open", label: msgid("Open") },
  { value: "fixed", label: msgid("Corrected") },
  { value: "replayed", label: msgid("Loaded since") },
  { value: "dismissed", label: msgid("Dismissed") },
] as const;

/** Rows that loads refused, with place and reason (B4). */
export function RejectsTab({ search, change }: DataTabProps) {
  const { t } = useTranslation();
  const { data: overview } = useQuery(dataOverviewQuery);
  const query = useInfiniteQuery(rejectsQuery({ flow: search.flow, state: search.state }));
  const rejects = query.data?.pages.flatMap((page) => page.rejects);
  const summary = query.data?.pages[0]?.summary ?? [];
  return (
    <>
      <search className={lists["filters"]} style={{ marginBlockEnd: 14 }}>
        <Select
          aria-label={t("Flow")}
          placeholder={t("Flow")}
          clearable
          searchable
          value={search.flow ?? null}
          onChange={(flow) => change({ flow: flow ?? undefined })}
          data={[...new Set(overview?.flows.map((flow) => flow.name))]}
        />
        <Select
          aria-label={t("State")}
          placeholder={t("State")}
          clearable
          value={search.state ?? null}
          onChange={(state) => change({ state: state ?? undefined })}
          data={STATES.map(({ value, label }) => ({ value, label: t(label) }))}
        />
        {rejects !== undefined && rejects.length > 0 && (
          <Button variant="default" leftSection={<IconDownload size={16} />} onClick={() => save(rejects)} ms="auto">
            {t("Download CSV")}
          </Button>
        )}
      </search>
      <ListBody
        query={query}
        count={rejects?.length}
        narrowed={search.flow !== undefined || search.state !== undefined}
        empty={{
          title: t("Nothing was rejected"),
          text: t("Rows that do not fit their description stand here, with file, row and reason."),
        }}
      >
        {summary.length > 0 && <Summary summary={summary} />}
        <ListTable<DataReject>
          label={t("Rejected rows")}
          rows={rejects ?? []}
          keyOf={(reject) => String(reject.reject_id)}
          columns={[
            { header: t("Flow"), cell: (reject) => reject.flow, fixed: true },
            { header: t("File"), cell: (reject) => reject.file, dim: true },
            { header: t("Row"), cell: (reject) => reject.row, align: "end" },
            { header: t("Column"), cell: (reject) => <span className="pf-mono">{reject.column}</span> },
            { header: t("Value"), cell: (reject) => <span className="pf-mono">{reject.value ?? t("empty")}</span> },
            { header: t("Reason"), cell: (reject) => reject.reason },
            { header: t("When"), cell: (reject) => <When at={reject.at} />, fixed: true },
          ]}
        />
      </ListBody>
    </>
  );
}

interface SummaryRow {
  readonly flow: string;
  readonly column: string;
  readonly reason: string;
  readonly count: number;
}

function Summary({ summary }: { summary: readonly SummaryRow[] }) {
  const { t } = useTranslation();
  return (
    <Card title={t("Most frequent reasons")}>
      <table className={table["table"]} aria-label={t("Most frequent reasons")}>
        <tbody>
          {summary.slice(0, 5).map((row) => (
            <tr key={`${row.flow} ${row.column} ${row.reason}`}>
              <td data-align="end">{row.count}</td>
              <td>{row.flow}</td>
              <td className="pf-mono">{row.column}</td>
              <td>{row.reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}

function save(rejects: readonly DataReject[]): void {
  const header = ["flow", "file", "row", "column", "value", "reason", "load_id"];
  const rows = rejects.map((reject) => [
    reject.flow,
    reject.file,
    String(reject.row),
    reject.column,
    reject.value,
    reject.reason,
    reject.load_id,
  ]);
  download("rejects.csv", csvText([header, ...rows]), "text/csv");
}
