import { Button, Menu } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronDown, IconEraser, IconRepeat } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import type { UiDag } from "../api/dags.ts";
import { changeRun, type UiRun } from "../api/runs.ts";
import { StateIcon } from "../state/state-icon.tsx";
import { useTrigger } from "../trigger/use-trigger.tsx";
import { notifyProblem } from "../ui/notify.ts";
import { ClearDialog } from "./clear-dialog.tsx";

const TriggerDialog = lazy(async () => ({ default: (await import("../trigger/trigger-dialog.tsx")).TriggerDialog }));

/** What can be done with a whole run. One with parameters is repeated by way of the form, filled with its own. */
export function RunActions({ run, dag }: { run: UiRun; dag: UiDag }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [clearing, { open, close }] = useDisclosure(false);
  const [asking, { open: askFirst, close: stopAsking }] = useDisclosure(false);
  const trigger = useTrigger(dag.dag_id);
  const mark = useMutation({
    mutationFn: (state: "success" | "failed") => changeRun(run.dag_id, run.run_id, { state }),
    onError: notifyProblem,
    onSettled: () => client.invalidateQueries({ queryKey: ["run", run.dag_id, run.run_id] }),
  });
  const opened = (runId: string) => void navigate({ to: "/dags/$dagId/runs/$runId", params: { dagId: dag.dag_id, runId } });
  const hasParams = Object.keys(dag.params["properties"] ?? {}).length > 0;
  const repeat = () => {
    if (hasParams) {
      askFirst();
      return;
    }
    trigger.mutate(
      { conf: run.conf, unpause: false },
      {
        onError: notifyProblem,
        onSuccess: (next) => opened(next.dag_run_id),
      },
    );
  };
  return (
    <>
      {dag.can_edit && (
        <Menu position="bottom-end">
          <Menu.Target>
            <Button variant="default" rightSection={<IconChevronDown size={15} />} loading={mark.isPending}>
              {t("Mark as")}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              leftSection={<StateIcon state="success" />}
              disabled={run.state === "success"}
              onClick={() => mark.mutate("success")}
            >
              {t("Success")}
            </Menu.Item>
            <Menu.Item leftSection={<StateIcon state="failed" />} disabled={run.state === "failed"} onClick={() => mark.mutate("failed")}>
              {t("Failed")}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      {dag.can_edit && (
        <Button variant="default" leftSection={<IconEraser size={16} />} onClick={open}>
          {t("Clear…")}
        </Button>
      )}
      {dag.can_trigger && (
        <Button leftSection={<IconRepeat size={16} />} onClick={repeat} loading={trigger.isPending}>
          {t("Run again")}
        </Button>
      )}
      {asking && (
        <Suspense>
          <TriggerDialog dag={dag} opened close={stopAsking} onStarted={opened} conf={run.conf} />
        </Suspense>
      )}
      <ClearDialog opened={clearing} close={close} target={{ dagId: run.dag_id, runId: run.run_id }} />
    </>
  );
}
