import { Alert, Select } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { UiDag } from "../../api/dags.ts";
import type { RunTask, UiRun } from "../../api/runs.ts";
import { useFormat } from "../../format/format-provider.tsx";
import { TaskActions } from "../../run-actions/task-actions.tsx";
import { PageHeader } from "../../shell/page-header.tsx";
import { StateBadge } from "../../state/state-badge.tsx";
import { STATE_LABELS, stateOf } from "../../state/state-label.ts";
import { Facts } from "../../ui/facts.tsx";
import { Elapsed, When } from "../../ui/when.tsx";
import { TaskNeighbours } from "./task-neighbours.tsx";

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
          <InstanceChoice task={task} instances={instances} choose={chooseInstance} />
        </>
      }
      actions={
        <>
          <TaskNeighbours run={run} task={task} />
          {dag?.can_edit && (
            <TaskActions
              target={{
                dagId: run.dag_id,
                runId: run.run_id,
                taskIds: [task.task_id],
                mapIndex: task.map_index < 0 ? undefined : task.map_index,
              }}
            />
          )}
        </>
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
          { name: t("Pool"), value: task.pool === "default_pool" ? null : task.pool },
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
    </PageHeader>
  );
}

interface InstanceChoiceProps {
  readonly task: RunTask;
  readonly instances: readonly RunTask[];
  readonly choose: (mapIndex: number) => void;
}

/** Which instance of a mapped task is shown. */
function InstanceChoice({ task, instances, choose }: InstanceChoiceProps) {
  const { t } = useTranslation();
  if (instances.length < 2) return null;
  return (
    <Select
      w={200}
      searchable={instances.length > 10}
      limit={200}
      aria-label={t("Instance of the mapped task")}
      allowDeselect={false}
      value={String(task.map_index)}
      onChange={(next) => choose(Number(next))}
      data={instances.map((one) => ({
        value: String(one.map_index),
        label: `[${one.map_name ?? one.map_index}] ${t(STATE_LABELS[stateOf(one.state)])}`,
      }))}
    />
  );
}
