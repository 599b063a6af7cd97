import { Switch, Tooltip } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { pauseDag, type UiDag } from "../api/dags.ts";
import { notifyProblem } from "../ui/notify.ts";

/** On: runs are created by schedule. Shows the wish at once and the truth when the server has answered. */
export function PauseSwitch({ dag, size = "sm" }: { dag: UiDag; size?: "sm" | "md" }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const pause = useMutation({
    mutationFn: (isPaused: boolean) => pauseDag(dag.dag_id, isPaused),
    onError: notifyProblem,
    onSettled: () =>
      Promise.all([client.invalidateQueries({ queryKey: ["dags"] }), client.invalidateQueries({ queryKey: ["dag", dag.dag_id] })]),
  });
  const isPaused = pause.isPending ? pause.variables : dag.is_paused;
  return (
    <Tooltip label={isPaused ? t("Paused: no runs by schedule") : t("On: runs by schedule")}>
      <Switch
        size={size}
        checked={!isPaused}
        disabled={!dag.can_edit}
        onChange={(event) => pause.mutate(!event.currentTarget.checked)}
        aria-label={t("Run {{name}} by schedule", { name: dag.dag_display_name })}
      />
    </Tooltip>
  );
}
