import { useTranslation } from "react-i18next";
import { changeRun, type UiRun } from "../../api/runs.ts";
import { useFormat } from "../../format/format-provider.tsx";
import { RUN_TYPE_LABELS } from "../../state/run-type-label.ts";
import { Card } from "../../ui/card.tsx";
import { Facts, JsonText } from "../../ui/facts.tsx";
import { CallbacksCard } from "./callbacks-card.tsx";
import { NoteForm } from "../../ui/note-form.tsx";

export function RunDetailsTab({ run, canEdit }: { run: UiRun; canEdit: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const instant = (at: string | null) => (at === null ? null : format.instant(at));
  return (
    <>
      <Card title={t("Parameters")}>
        <JsonText value={run.conf} />
      </Card>
      <Card title={t("Note")}>
        <NoteForm
          key={run.note}
          note={run.note}
          canEdit={canEdit}
          save={(note) => changeRun(run.dag_id, run.run_id, { note })}
          queryKey={["run", run.dag_id, run.run_id]}
        />
      </Card>
      <CallbacksCard place={{ dagId: run.dag_id, runId: run.run_id }} canEdit={canEdit} />
      <Card title={t("Properties")}>
        <Facts
          facts={[
            { name: t("Id"), value: <span className="pf-mono">{run.run_id}</span> },
            { name: t("Kind"), value: t(RUN_TYPE_LABELS[run.run_type]) },
            { name: t("Started by"), value: run.triggering_user ? `${run.triggering_user} (${run.triggered_by})` : run.triggered_by },
            { name: t("Version of the process"), value: format.number(run.version_number) },
            { name: t("Logical date"), value: instant(run.logical_date) },
            {
              name: t("Data interval"),
              value:
                run.data_interval_start &&
                run.data_interval_end &&
                `${instant(run.data_interval_start)} — ${instant(run.data_interval_end)}`,
            },
            { name: t("Due"), value: instant(run.run_after) },
            { name: t("Queued"), value: instant(run.queued_at) },
            { name: t("Started"), value: instant(run.start_date) },
            { name: t("Ended"), value: instant(run.end_date) },
          ]}
        />
      </Card>
    </>
  );
}
