import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { pauseDag, triggerDag, type TriggerRequest } from "../api/dags.ts";

export interface TriggerOrder extends TriggerRequest {
  /** Also switch a paused process on; its run would wait otherwise. */
  readonly unpause: boolean;
}

/** Starts runs of a process and says which run came of it. */
export function useTrigger(dagId: string) {
  const { t } = useTranslation();
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ unpause, ...request }: TriggerOrder) => {
      if (unpause) await pauseDag(dagId, false);
      return triggerDag(dagId, request);
    },
    onSuccess: ({ dag_run_id: runId }) => {
      notifications.show({
        title: t("Run started"),
        message: (
          <Link to="/dags/$dagId/runs/$runId" params={{ dagId, runId }}>
            {runId}
          </Link>
        ),
      });
      for (const key of [["dags"], ["dag", dagId], ["grid", dagId], ["runs", dagId]]) void client.invalidateQueries({ queryKey: key });
    },
  });
}
