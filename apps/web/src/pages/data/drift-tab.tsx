import { Button, Group, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type DriftRow, driftQuery } from "../../api/data.ts";
import { useRights } from "../../access/use-rights.ts";
import { Difference } from "../../data/difference.tsx";
import { ListBody } from "../../lists/list-body.tsx";
import { ListTable } from "../../lists/list-table.tsx";
import lists from "../../lists/lists.module.css";
import { msgid } from "../../i18n/msgid.ts";
import { When } from "../../ui/when.tsx";
import type { DataTabProps } from "./data-tab-props.ts";
import { type DriftDecision, DriftDialog } from "./drift-dialog.tsx";

const STATES: { readonly [state in DriftRow["state"]]: string } = {
  open: msgid("Open"),
  accepted: msgid("Accepted"),
  dismissed: msgid("Dismissed"),
};

const KINDS: { readonly [kind: string]: string } = {
  file_column_new: msgid("New in the file"),
  file_column_missing: msgid("Gone from the file"),
  table_column_missing: msgid("Missing in the table"),
  type_changed: msgid("Another type"),
};

/** Where file, description and table do not agree (B5): accepted or refused by a click. */
export function DriftTab({ search, change }: DataTabProps) {
  const { t } = useTranslation();
  const rights = useRights();
  const query = useQuery(driftQuery(search.state));
  const [asked, ask] = useState<DriftDecision>();
  const mayDismiss = rights.everywhere("edit", "Data");
  const mayAccept = mayDismiss && rights.everywhere("edit", "DAG Code");
  return (
    <>
      <search className={lists["filters"]} style={{ marginBlockEnd: 14 }}>
        <Select
          aria-label={t("State")}
          placeholder={t("State")}
          clearable
          value={search.state ?? null}
          onChange={(state) => change({ state: state ?? undefined })}
          data={Object.entries(STATES).map(([value, label]) => ({ value, label: t(label) }))}
        />
      </search>
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
            { header: t("What"), cell: (drift) => t(KINDS[drift.kind] ?? drift.kind), fixed: true },
            { header: t("Column"), cell: (drift) => <span className="pf-mono">{drift.column}</span> },
            { header: t("Difference"), cell: (drift) => <Difference drift={drift} /> },
            { header: t("State"), cell: (drift) => t(STATES[drift.state]), fixed: true },
            { header: t("Seen"), cell: (drift) => drift.times, align: "end" },
            { header: t("Last seen"), cell: (drift) => <When at={drift.last_found_at} />, fixed: true },
          ]}
          actions={
            mayDismiss
              ? (drift) =>
                  drift.state === "open" && (
                    <Group gap={6} justify="end" wrap="nowrap">
                      {mayAccept && (
                        <Button
                          size="compact-sm"
                          variant="default"
                          aria-label={t("Accept {{name}}", { name: drift.column })}
                          onClick={() => ask({ drift, way: "accept" })}
                        >
                          {t("Accept")}
                        </Button>
                      )}
                      <Button
                        size="compact-sm"
                        variant="default"
                        aria-label={t("Dismiss {{name}}", { name: drift.column })}
                        onClick={() => ask({ drift, way: "dismiss" })}
                      >
                        {t("Dismiss")}
                      </Button>
                    </Group>
                  )
              : undefined
          }
        />
      </ListBody>
      {asked && <DriftDialog asked={asked} close={() => ask(undefined)} />}
    </>
  );
}
