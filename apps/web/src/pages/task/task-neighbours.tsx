import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { RunTask, UiRun } from "../../api/runs.ts";
import { Neighbours } from "../../ui/neighbours.tsx";

/** To the task before and after in the run, in the order of the process; the tab stays. */
export function TaskNeighbours({ run, task }: { run: UiRun; task: RunTask }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const place = run.tasks.indexOf(task);
  const go = (step: number) => {
    const other = place < 0 ? undefined : run.tasks[place + step];
    if (other === undefined) return undefined;
    return () =>
      void navigate({
        to: "/dags/$dagId/runs/$runId/tasks/$taskId",
        params: { dagId: run.dag_id, runId: run.run_id, taskId: other.task_id },
        search: ({ tab }) => ({ tab: tab as undefined, map: other.map_index < 0 ? undefined : other.map_index }),
      });
  };
  return <Neighbours previous={go(-1)} next={go(1)} labels={{ previous: t("Previous task"), next: t("Next task") }} keys={["[", "]"]} />;
}
