import { Select } from "@mantine/core";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useRights } from "../../access/use-rights.ts";
import { type DataReject, dataOverviewQuery, dismissReject, rejectsQuery } from "../../api/data.ts";
import { useRejectWords } from "../../data/use-reject-words.ts";
import { ConfirmDialog } from "../../lists/confirm-dialog.tsx";
import { ListBody } from "../../lists/list-body.tsx";
import { ListTable } from "../../lists/list-table.tsx";
import { RowButtons } from "../../lists/row-buttons.tsx";
import lists from "../../lists/lists.module.css";
import { Card } from "../../ui/card.tsx";
import table from "../../ui/table.module.css";
import { When } from "../../ui/when.tsx";
import { msgid } from "../../i18n/msgid.ts";
import type { DataTabProps } from "./data-tab-props.ts";
import { RejectActions } from "./reject-actions.tsx";
import { RejectDialog } from "./reject-dialog.tsx";

const STATES = [
  { value: "open", label: msgid("Open") },
  { value: "fixed", label: msgid("Corrected") },
  { value: "replayed", label: msgid("Loaded since") },
  { value: "dismissed", label: msgid("Dismissed") },
] as const;

const LABELS = Object.fromEntries(STATES.map(({ value, label }) => [value, label])) as { readonly [state in DataReject["state"]]: string };

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
        <RejectActions rejects={rejects ?? []} filter={{ flow: search.flow, state: search.state }} />
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
        <RejectedRows rejects={rejects ?? []} />
      </ListBody>
    </>
  );
}

function RejectedRows({ rejects }: { rejects: readonly DataReject[] }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const mayEdit = useRights().everywhere("edit", "Data");
  const { reasonOf, columnOf } = useRejectWords();
  const [edited, edit] = useState<DataReject>();
  const [removed, remove] = useState<DataReject>();
  return (
    <>
      <ListTable<DataReject>
        label={t("Rejected rows")}
        rows={rejects}
        keyOf={(reject) => String(reject.reject_id)}
        columns={[
          { header: t("Flow"), cell: (reject) => reject.flow, fixed: true },
          { header: t("File"), cell: (reject) => reject.file, dim: true },
          { header: t("Row"), cell: (reject) => reject.row, align: "end" },
          { header: t("Column"), cell: (reject) => <span className="pf-mono">{columnOf(reject.column)}</span> },
          { header: t("Value"), cell: (reject) => <span className="pf-mono">{reject.value ?? t("empty")}</span> },
          { header: t("Reason"), cell: (reject) => reasonOf(reject.reason) },
          { header: t("State"), cell: (reject) => t(LABELS[reject.state]), fixed: true },
          { header: t("When"), cell: (reject) => <When at={reject.at} />, fixed: true },
        ]}
        actions={
          mayEdit
            ? (reject) =>
                reject.state !== "replayed" && (
                  <RowButtons
                    name={t("row {{row}}", { row: reject.row })}
                    edit={reject.record === null ? undefined : () => edit(reject)}
                    remove={reject.state === "dismissed" ? undefined : () => remove(reject)}
                  />
                )
            : undefined
        }
      />
      {edited && <RejectDialog reject={edited} close={() => edit(undefined)} />}
      {removed && (
        <ConfirmDialog
          asked={{
            title: t("Dismiss this row?"),
            text: t("It is taken off the list and not loaded. It can still be corrected later."),
            names: [`${removed.flow} · ${removed.file} · ${removed.row}`],
            confirm: t("Dismiss"),
            danger: true,
            run: async () => {
              await dismissReject(removed);
              await client.invalidateQueries({ queryKey: ["data", "rejects"] });
            },
          }}
          close={() => remove(undefined)}
        />
      )}
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
  const { reasonOf, columnOf } = useRejectWords();
  return (
    <Card title={t("Most frequent reasons")}>
      <table className={table["table"]} aria-label={t("Most frequent reasons")}>
        <tbody>
          {summary.slice(0, 5).map((row) => (
            <tr key={`${row.flow} ${row.column} ${row.reason}`}>
              <td data-align="end">{row.count}</td>
              <td>{row.flow}</td>
              <td className="pf-mono">{columnOf(row.column)}</td>
              <td>{reasonOf(row.reason)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}
