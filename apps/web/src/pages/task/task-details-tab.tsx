import { useTranslation } from "react-i18next";
import type { UiStructure } from "../../api/dags.ts";
import type { RunTask } from "../../api/runs.ts";
import { useFormat } from "../../format/format-provider.tsx";
import { Markdown } from "../../markdown/markdown.tsx";
import { StateBadge } from "../../state/state-badge.tsx";
import { setTaskNote } from "../../api/task-actions.ts";
import { NoteForm } from "../../ui/note-form.tsx";
import { Card } from "../../ui/card.tsx";
import { Facts } from "../../ui/facts.tsx";
import table from "../../ui/table.module.css";
import { Elapsed } from "../../ui/when.tsx";
import { CallbacksCard } from "../run/callbacks-card.tsx";
import { OperatorDetails } from "../dag/operator-details.tsx";

interface TaskDetailsTabProps {
  readonly task: RunTask;
  readonly node: UiStructure["nodes"][number] | undefined;
  readonly address: { readonly dagId: string; readonly runId: string; readonly taskId: string; readonly mapIndex: number };
  readonly canEdit: boolean;
}

export function TaskDetailsTab({ task, node, address, canEdit }: TaskDetailsTabProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const instant = (at: string | null) => (at === null ? null : format.instant(at));
  return (
    <>
      {node?.doc_md && (
        <Card title={t("Documentation")}>
          <Markdown source={node.doc_md} />
        </Card>
      )}
      {task.tries.length > 0 && (
        <Card title={t("Tries")}>
          <div className={table["scroll"]}>
            <table className={table["table"]}>
              <thead>
                <tr>
                  <th scope="col">{t("Try")}</th>
                  <th scope="col">{t("State")}</th>
                  <th scope="col">{t("Started")}</th>
                  <th scope="col">{t("Duration")}</th>
                </tr>
              </thead>
              <tbody>
                {task.tries.map((one) => (
                  <tr key={one.try_number}>
                    <td>{one.try_number}</td>
                    <td>
                      <StateBadge state={one.state} bare />
                    </td>
                    <td>{instant(one.start_date) ?? "—"}</td>
                    <td>
                      <Elapsed start={one.start_date} end={one.end_date} live={one.state === "running"} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </Card>
      )}
      <Card title={t("Note")}>
        <NoteForm
          key={task.note}
          note={task.note}
          canEdit={canEdit}
          save={(note) => setTaskNote(address, note)}
          queryKey={["run", address.dagId, address.runId]}
        />
      </Card>
      <CallbacksCard place={address} canEdit={canEdit} />
      <Card title={t("Properties")}>
        <Facts
          facts={[
            { name: t("Id"), value: <span className="pf-mono">{task.task_id}</span> },
            { name: t("Operator"), value: task.operator },
            { name: t("Trigger rule"), value: node && <span className="pf-mono">{node.trigger_rule}</span> },
            { name: t("Retries"), value: format.number(task.max_tries) },
            { name: t("Pool"), value: task.pool },
            { name: t("Host"), value: task.hostname },
            { name: t("Queued"), value: instant(task.queued_at) },
            { name: t("Started"), value: instant(task.start_date) },
            { name: t("Ended"), value: instant(task.end_date) },
          ]}
        />
      </Card>
      {node && Object.keys(node.details).length > 0 && (
        <Card title={t("What it does")}>
          <OperatorDetails details={node.details} />
        </Card>
      )}
    </>
  );
}
