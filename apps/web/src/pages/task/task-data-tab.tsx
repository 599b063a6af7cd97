import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { UiStructure } from "../../api/dags.ts";
import { type InstanceAddress, xcomListQuery } from "../../api/xcoms.ts";
import { Card } from "../../ui/card.tsx";
import { Nothing, Problem } from "../../ui/problem.tsx";
import { When } from "../../ui/when.tsx";
import { XComValue } from "../../xcom/xcom-value.tsx";

/** What the task takes from others and what it has handed on (XCom). */
export function TaskDataTab({ address, structure }: { address: InstanceAddress; structure: UiStructure | undefined }) {
  const { t } = useTranslation();
  const entries = useQuery(xcomListQuery(address));
  const sources = (structure?.edges ?? []).filter((edge) => edge.data && edge.to === address.taskId).map((edge) => edge.from);
  return (
    <>
      {sources.length > 0 && (
        <Card title={t("Takes the output of")}>
          {sources.map((taskId) => (
            <div key={taskId}>
              <Link
                to="/dags/$dagId/runs/$runId/tasks/$taskId"
                params={{ dagId: address.dagId, runId: address.runId, taskId }}
                search={{ tab: "data" }}
              >
                {taskId}
              </Link>
            </div>
          ))}
        </Card>
      )}
      {entries.error && !entries.data ? (
        <Problem error={entries.error} retry={() => void entries.refetch()} />
      ) : !entries.data ? (
        <Skeleton height={160} />
      ) : entries.data.xcom_entries.length === 0 ? (
        <Nothing title={t("No output")}>{t("The task has handed nothing on to other tasks.")}</Nothing>
      ) : (
        entries.data.xcom_entries.map((entry) => (
          <Card key={entry.key} title={entry.key === "return_value" ? t("Output") : entry.key} aside={<When at={entry.timestamp} />}>
            <XComValue address={address} name={entry.key} />
          </Card>
        ))
      )}
    </>
  );
}
