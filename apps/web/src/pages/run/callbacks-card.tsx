import { Button, VisuallyHidden } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Fragment, useState } from "react";
import { useTranslation } from "react-i18next";
import { type CalledBack, callAgain, callbackLogQuery, callbacksQuery } from "../../api/callbacks.ts";
import { useFormat } from "../../format/format-provider.tsx";
import { msgid } from "../../i18n/msgid.ts";
import { StateBadge } from "../../state/state-badge.tsx";
import { Card } from "../../ui/card.tsx";
import { notifyProblem } from "../../ui/notify.ts";
import table from "../../ui/table.module.css";

const KIND_LABELS = {
  execute: msgid("Try began"),
  success: msgid("Success"),
  failure: msgid("Failure"),
  retry: msgid("Further try"),
  skipped: msgid("Skipped"),
  deadline: msgid("Deadline missed"),
} as const satisfies { readonly [Kind in CalledBack["kind"]]: string };

interface CallbacksCardProps {
  readonly place: { readonly dagId: string; readonly runId: string; readonly taskId?: string; readonly mapIndex?: number };
  readonly canEdit: boolean;
}

/** Functions that were called because of what became of a task or a run; nothing where there are none. */
export function CallbacksCard({ place, canEdit }: CallbacksCardProps) {
  const { t } = useTranslation();
  const { data } = useQuery(callbacksQuery(place));
  if (data === undefined || data.callbacks.length === 0) return null;
  return (
    <Card title={t("Callbacks")}>
      <div className={table["scroll"]}>
        <table className={table["table"]}>
          <thead>
            <tr>
              <th scope="col">{t("What happened")}</th>
              <th scope="col">{t("Function")}</th>
              <th scope="col">{t("State")}</th>
              <th scope="col">{t("Time")}</th>
              <th scope="col">{t("Error")}</th>
              <th scope="col">
                <VisuallyHidden>{t("Actions")}</VisuallyHidden>
              </th>
            </tr>
          </thead>
          <tbody>
            {data.callbacks.map((one) => (
              <CallbackRow key={one.id} one={one} canEdit={canEdit} showsTask={place.taskId === undefined} />
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

function CallbackRow({ one, canEdit, showsTask }: { one: CalledBack; canEdit: boolean; showsTask: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const again = useMutation({
    mutationFn: () => callAgain(one),
    onError: notifyProblem,
    onSettled: () => client.invalidateQueries({ queryKey: ["callbacks"] }),
  });
  return (
    <Fragment>
      <tr>
        <td>
          {t(KIND_LABELS[one.kind])}
          {showsTask && one.task_id !== null && <span className="pf-mono"> {one.task_id}</span>}
        </td>
        <td>{one.name}</td>
        <td>
          <StateBadge state={one.state} bare />
        </td>
        <td>{format.instant(one.caused_at)}</td>
        <td>{one.error ?? "—"}</td>
        <td>
          <Button size="compact-sm" variant="subtle" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {t("Log")}
          </Button>
          {canEdit && one.state === "failed" && (
            <Button size="compact-sm" variant="subtle" loading={again.isPending} onClick={() => again.mutate()}>
              {t("Call again")}
            </Button>
          )}
        </td>
      </tr>
      {isOpen && (
        <tr>
          <td colSpan={6}>
            <CallbackLog one={one} />
          </td>
        </tr>
      )}
    </Fragment>
  );
}

function CallbackLog({ one }: { one: CalledBack }) {
  const { t } = useTranslation();
  const { data, error } = useQuery(callbackLogQuery(one));
  if (error) return <p role="alert">{error.message}</p>;
  const lines = data?.content.map(({ timestamp, event }) => `${timestamp} ${event}`) ?? [];
  return <pre className="pf-mono">{lines.length === 0 ? t("No lines yet.") : lines.join("\n")}</pre>;
}
