import { Button, CloseButton, Group } from "@mantine/core";
import { IconFileText } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { UiDag, UiStructure } from "../../api/dags.ts";
import type { UiRun } from "../../api/runs.ts";
import { Markdown } from "../../markdown/markdown.tsx";
import { TaskActions } from "../../run-actions/task-actions.tsx";
import { StateBadge } from "../../state/state-badge.tsx";
import { Facts } from "../../ui/facts.tsx";
import { Elapsed, When } from "../../ui/when.tsx";
import { OperatorDetails } from "./operator-details.tsx";
import classes from "./task-panel.module.css";

interface TaskPanelProps {
  readonly dag: UiDag;
  readonly node: UiStructure["nodes"][number];
  /** The run whose states the graph shows. */
  readonly run: UiRun | undefined;
  readonly close: () => void;
}

/** What a task of the graph is and how it fares in the shown run. */
export function TaskPanel({ dag, node, run, close }: TaskPanelProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const task = run?.tasks.find((one) => one.task_id === node.task_id);
  return (
    <aside className={classes["panel"]} aria-label={t("Task {{task}}", { task: node.task_id })}>
      <Group justify="space-between" wrap="nowrap" align="start">
        <div>
          <h2 className={classes["title"]}>{node.label}</h2>
          {node.label !== node.task_id && <span className={`pf-mono ${classes["id"]}`}>{node.task_id}</span>}
        </div>
        <CloseButton aria-label={t("Close")} onClick={close} />
      </Group>
      {task && run && (
        <>
          <StateBadge state={task.state} />
          {task.reason && <p className={classes["reason"]}>{task.reason}</p>}
          <Group gap={8}>
            <Button
              size="xs"
              leftSection={<IconFileText size={15} />}
              onClick={() =>
                void navigate({
                  to: "/dags/$dagId/runs/$runId/tasks/$taskId",
                  params: { dagId: dag.dag_id, runId: run.run_id, taskId: node.task_id },
                  search: task.map_index >= 0 ? { map: task.map_index } : {},
                })
              }
            >
              {t("Open the log")}
            </Button>
            {dag.can_edit && <TaskActions size="xs" target={{ dagId: dag.dag_id, runId: run.run_id, taskIds: [node.task_id] }} />}
          </Group>
        </>
      )}
      <Facts
        facts={[
          { name: t("Started"), value: task?.start_date && <When at={task.start_date} /> },
          {
            name: t("Duration"),
            value: task?.start_date && <Elapsed start={task.start_date} end={task.end_date} live={task.state === "running"} />,
          },
          {
            name: t("Try"),
            value: task && task.try_number > 0 && t("{{try}} of {{most}}", { try: task.try_number, most: node.retries + 1 }),
          },
          { name: t("Operator"), value: node.operator },
          { name: t("Trigger rule"), value: <span className="pf-mono">{node.trigger_rule}</span> },
          { name: t("Retries"), value: String(node.retries) },
        ]}
      />
      <OperatorDetails details={node.details} />
      {node.doc_md && <Markdown source={node.doc_md} />}
    </aside>
  );
}
