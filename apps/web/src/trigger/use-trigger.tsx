import { Anchor } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { pauseDag, triggerDag, type TriggerRequest } from "../api/dags.ts";
import { notify } from "../ui/notify.ts";

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
      notify({
        title: t("Run started"),
        message: (
          <Anchor size="sm" renderRoot={(props) => <Link {...props} to="/dags/$dagId/runs/$runId" params={{ dagId, runId }} />}>
            {runId}
          </Anchor>
        ),
      });
      for (const key of [["dags"], ["dag", dagId], ["grid", dagId], ["runs", dagId]]) void client.invalidateQueries({ queryKey: key });
    },
  });
}
