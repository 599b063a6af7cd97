import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { UiStructure } from "../../api/dags.ts";
import { type AttemptAddress, xcomListQuery, xcomValueQuery } from "../../api/tasks.ts";
import { Card } from "../../ui/card.tsx";
import { JsonText } from "../../ui/facts.tsx";
import { Nothing, Problem } from "../../ui/problem.tsx";
import { When } from "../../ui/when.tsx";

type InstanceAddress = Omit<AttemptAddress, "tryNumber">;

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
            <XcomValue address={address} name={entry.key} />
          </Card>
        ))
      )}
    </>
  );
}

function XcomValue({ address, name }: { address: InstanceAddress; name: string }) {
  const value = useQuery(xcomValueQuery(address, name));
  if (value.error && !value.data) return <Problem error={value.error} retry={() => void value.refetch()} />;
  return value.data ? <JsonText value={value.data.value} /> : <Skeleton height={60} />;
}
