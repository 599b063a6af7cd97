import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { UiDag } from "../../api/dags.ts";
import type { UiRun } from "../../api/runs.ts";
import { useFormat } from "../../format/format-provider.tsx";
import { RunActions } from "../../run-actions/run-actions.tsx";
import { PageHeader } from "../../shell/page-header.tsx";
import { RUN_TYPE_LABELS } from "../../state/run-type-label.ts";
import { StateBadge } from "../../state/state-badge.tsx";
import { Facts } from "../../ui/facts.tsx";
import { ShareMenu } from "../../ui/share-menu.tsx";
import { Elapsed, When } from "../../ui/when.tsx";
import classes from "./run-header.module.css";

export function RunHeader({ run, dag }: { run: UiRun; dag: UiDag | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <PageHeader
      title={t("Run of {{date}}", { date: format.shortInstant(run.run_after) })}
      trail={[
        <Link key="dags" to="/dags">
          {t("Processes")}
        </Link>,
        <Link key="dag" to="/dags/$dagId" params={{ dagId: run.dag_id }}>
          {dag?.dag_display_name ?? run.dag_id}
        </Link>,
      ]}
      beside={<StateBadge state={run.state} />}
      actions={
        <>
          <ShareMenu />
          {dag && <RunActions run={run} dag={dag} />}
        </>
      }
    >
      <Facts
        row
        facts={[
          { name: t("Started"), value: run.start_date && <When at={run.start_date} /> },
          { name: t("Duration"), value: run.start_date && <Elapsed start={run.start_date} end={run.end_date} live /> },
          {
            name: t("Kind"),
            value: run.triggering_user ? `${t(RUN_TYPE_LABELS[run.run_type])}, ${run.triggering_user}` : t(RUN_TYPE_LABELS[run.run_type]),
          },
          { name: t("Id"), value: <span className="pf-mono">{run.run_id}</span> },
        ]}
      />
      {run.note && <p className={classes["note"]}>{run.note}</p>}
    </PageHeader>
  );
}
