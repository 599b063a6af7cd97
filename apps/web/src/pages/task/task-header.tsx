import { Alert, Button, Select } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconAlertCircle, IconEraser } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { UiDag } from "../../api/dags.ts";
import type { RunTask, UiRun } from "../../api/runs.ts";
import { useFormat } from "../../format/format-provider.tsx";
import { ClearDialog } from "../../run-actions/clear-dialog.tsx";
import { PageHeader } from "../../shell/page-header.tsx";
import { StateBadge } from "../../state/state-badge.tsx";
import { STATE_LABELS, stateOf } from "../../state/state-label.ts";
import { Facts } from "../../ui/facts.tsx";
import { Elapsed, When } from "../../ui/when.tsx";

interface TaskHeaderProps {
  readonly run: UiRun;
  readonly dag: UiDag | undefined;
  readonly task: RunTask;
  /** All instances of the task in the run; more than one when it is mapped. */
  readonly instances: readonly RunTask[];
  readonly chooseInstance: (mapIndex: number) => void;
}

export function TaskHeader({ run, dag, task, instances, chooseInstance }: TaskHeaderProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [clearing, { open, close }] = useDisclosure(false);
  const failed = task.state === "failed" || task.state === "up_for_retry";
  return (
    <PageHeader
      title={task.task_id}
      trail={[
        <Link key="dags" to="/dags">
          {t("Processes")}
        </Link>,
        <Link key="dag" to="/dags/$dagId" params={{ dagId: run.dag_id }}>
          {dag?.dag_display_name ?? run.dag_id}
        </Link>,
        <Link key="run" to="/dags/$dagId/runs/$runId" params={{ dagId: run.dag_id, runId: run.run_id }}>
          {t("Run of {{date}}", { date: format.shortInstant(run.run_after) })}
        </Link>,
      ]}
      beside={
        <>
          <StateBadge state={task.state} />
          {instances.length > 1 && (
            <Select
              w={200}
              aria-label={t("Instance of the mapped task")}
              allowDeselect={false}
              value={String(task.map_index)}
              onChange={(next) => chooseInstance(Number(next))}
              data={instances.map((one) => ({
                value: String(one.map_index),
                label: `[${one.map_index}] ${t(STATE_LABELS[stateOf(one.state)])}`,
              }))}
            />
          )}
        </>
      }
      actions={
        dag?.can_edit && (
          <Button variant="default" leftSection={<IconEraser size={16} />} onClick={open}>
            {t("Clear…")}
          </Button>
        )
      }
    >
      <Facts
        row
        facts={[
          { name: t("Started"), value: task.start_date && <When at={task.start_date} /> },
          {
            name: t("Duration"),
            value: task.start_date && <Elapsed start={task.start_date} end={task.end_date} live={task.state === "running"} />,
          },
          { name: t("Operator"), value: task.operator },
          { name: t("Host"), value: task.hostname },
          { name: t("Next try"), value: task.next_retry_at && task.state === "up_for_retry" && <When at={task.next_retry_at} /> },
        ]}
      />
      {task.reason && task.try_number > 0 && (
        <Alert
          color={failed ? "red" : "gray"}
          variant="light"
          icon={<IconAlertCircle size={18} />}
          py={8}
          mt={4}
          style={{ whiteSpace: "pre-wrap" }}
        >
          {task.reason}
        </Alert>
      )}
      <ClearDialog opened={clearing} close={close} target={{ dagId: run.dag_id, runId: run.run_id, taskIds: [task.task_id] }} />
    </PageHeader>
  );
}
