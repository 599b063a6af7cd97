import { Alert, Button, Checkbox, Group, Modal, Skeleton, Stack } from "@mantine/core";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type ActionTarget, type ReachOptions, type TaskAction, touchTasks } from "../api/task-actions.ts";
import { msgid } from "../i18n/msgid.ts";
import { problemText } from "../ui/problem.tsx";
import { AffectedTasks } from "./affected-tasks.tsx";
import classes from "./clear-dialog.module.css";

const REACH: readonly { readonly name: keyof ReachOptions; readonly label: string; readonly ofTasks: boolean }[] = [
  { name: "upstream", label: msgid("Tasks before it"), ofTasks: true },
  { name: "downstream", label: msgid("Tasks after it"), ofTasks: true },
  { name: "past", label: msgid("Earlier runs"), ofTasks: true },
  { name: "future", label: msgid("Later runs"), ofTasks: true },
  { name: "onlyFailed", label: msgid("Only failed tasks"), ofTasks: false },
];
const TITLES: Readonly<Record<TaskAction, string>> = {
  clear: msgid("Clear the task"),
  success: msgid("Mark the task as success"),
  failed: msgid("Mark the task as failed"),
};

interface TaskActionDialogProps {
  readonly action: TaskAction;
  readonly target: ActionTarget;
  readonly close: () => void;
}

/** Shows which task instances an action would touch, before it touches any; how far it reaches is the user's choice. */
export function TaskActionDialog({ action, target, close }: TaskActionDialogProps) {
  const { t } = useTranslation();
  const title = target.taskIds ? t(TITLES[action]) : t("Clear the run");
  return (
    <Modal opened onClose={close} title={title} size="lg" closeButtonProps={{ "aria-label": t("Close") }}>
      <ActionForm action={action} target={target} close={close} />
    </Modal>
  );
}

function ActionForm({ action, target, close }: TaskActionDialogProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [reach, setReach] = useState<ReachOptions>({
    downstream: action === "clear" && target.taskIds !== undefined,
    onlyFailed: target.taskIds === undefined,
  });
  const preview = useQuery({
    queryKey: ["action-preview", action, target, reach],
    queryFn: () => touchTasks({ action, target, reach, dryRun: true }),
    placeholderData: keepPreviousData,
    gcTime: 0,
    staleTime: 0,
  });
  const act = useMutation({
    mutationFn: () => touchTasks({ action, target, reach, dryRun: false }),
    onSuccess: () => {
      for (const key of ["run", "grid", "grid-cells", "dag", "browse"]) void client.invalidateQueries({ queryKey: [key] });
      close();
    },
  });
  const problem = preview.error ?? act.error;
  const affected = preview.data ?? [];
  const shown = REACH.filter(({ ofTasks }) => (ofTasks ? target.taskIds !== undefined : action === "clear"));
  return (
    <Stack gap="md">
      <p className={classes["text"]}>
        {action === "clear"
          ? t("Cleared tasks run again; their earlier tries and logs stay.")
          : t("A task that runs is stopped. What waited for it goes on as if it had ended so by itself.")}
      </p>
      <Group gap="lg" role="group" aria-label={t("Also")}>
        {shown.map(({ name, label }) => (
          <Checkbox
            key={name}
            size="sm"
            label={t(label)}
            checked={reach[name] ?? false}
            onChange={(event) => setReach({ ...reach, [name]: event.currentTarget.checked })}
          />
        ))}
      </Group>
      {preview.isPending ? (
        <Skeleton height={80} />
      ) : affected.length > 0 ? (
        <div style={{ opacity: preview.isPlaceholderData ? 0.6 : 1 }}>
          <AffectedTasks
            tasks={affected}
            runId={target.runId}
            label={action === "clear" ? t("Tasks that will run again") : t("Tasks that will be marked")}
          />
        </div>
      ) : (
        !preview.error && <p className={classes["text"]}>{t("No task would be touched.")}</p>
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
        <Button
          color={action === "failed" ? "red.8" : "iris"}
          onClick={() => act.mutate()}
          loading={act.isPending}
          disabled={affected.length === 0 || preview.isPlaceholderData}
        >
          {action === "clear"
            ? t("Clear {{count}} task", { count: affected.length })
            : t("Mark {{count}} task", { count: affected.length })}
        </Button>
      </Group>
    </Stack>
  );
}
