import { Alert, Button, Group, Modal, Skeleton, Stack, Switch } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { clearTasks } from "../api/runs.ts";
import { StateBadge } from "../state/state-badge.tsx";
import { problemText } from "../ui/problem.tsx";
import classes from "./clear-dialog.module.css";

interface ClearDialogProps {
  readonly opened: boolean;
  readonly close: () => void;
  readonly target: { readonly dagId: string; readonly runId: string; readonly taskIds?: readonly string[] };
}

/** Shows which tasks would run again before anything is cleared. */
export function ClearDialog({ opened, close, target }: ClearDialogProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={target.taskIds ? t("Clear the task") : t("Clear the run")}
      closeButtonProps={{ "aria-label": t("Close") }}
    >
      <ClearForm close={close} target={target} />
    </Modal>
  );
}

function ClearForm({ close, target }: Omit<ClearDialogProps, "opened">) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const wholeRun = target.taskIds === undefined;
  const [onlyFailed, setOnlyFailed] = useState(wholeRun);
  const preview = useQuery({
    queryKey: ["clear-preview", target, onlyFailed],
    queryFn: () => clearTasks({ ...target, onlyFailed, dryRun: true }),
    gcTime: 0,
    staleTime: 0,
  });
  const clear = useMutation({
    mutationFn: () => clearTasks({ ...target, onlyFailed, dryRun: false }),
    onSuccess: () => {
      for (const key of ["run", "grid", "dag"]) void client.invalidateQueries({ queryKey: [key, target.dagId] });
      close();
    },
  });
  const problem = preview.error ?? clear.error;
  const affected = preview.data ?? [];
  return (
    <Stack gap="md">
      <p className={classes["text"]}>{t("Cleared tasks run again; their earlier tries and logs stay.")}</p>
      {wholeRun && (
        <Switch checked={onlyFailed} onChange={(event) => setOnlyFailed(event.currentTarget.checked)} label={t("Only failed tasks")} />
      )}
      {preview.isPending ? (
        <Skeleton height={80} />
      ) : affected.length > 0 ? (
        <ul className={classes["list"]} aria-label={t("Tasks that will run again")}>
          {affected.map((task) => (
            <li key={`${task.task_id} ${task.map_index}`}>
              <span className="pf-mono">{task.map_index < 0 ? task.task_id : `${task.task_id} [${task.map_index}]`}</span>
              <StateBadge state={task.state} bare />
            </li>
          ))}
        </ul>
      ) : (
        !preview.error && <p className={classes["text"]}>{t("No task would be cleared.")}</p>
      )}
      {problem && (
        <Alert color="red" variant="light" role="alert">
          {problemText(problem, t)}
        </Alert>
      )}
      <Group justify="end">
        <Button variant="default" onClick={close}>
          {t("Cancel")}
        </Button>
        <Button onClick={() => clear.mutate()} loading={clear.isPending} disabled={affected.length === 0}>
          {t("Clear {{count}} task", { count: affected.length })}
        </Button>
      </Group>
    </Stack>
  );
}
