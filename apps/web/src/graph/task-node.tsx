import { VisuallyHidden } from "@mantine/core";
import { Handle, type Node, type NodeProps, Position } from "@xyflow/react";
import { useTranslation } from "react-i18next";
import { StateIcon } from "../state/state-icon.tsx";
import { STATE_LABELS } from "../state/state-label.ts";
import type { TaskSummary } from "../state/task-summary.ts";
import { Elapsed } from "../ui/when.tsx";
import classes from "./graph.module.css";

export type TaskNodeData = {
  readonly label: string;
  readonly operator: string;
  readonly summary: TaskSummary | undefined;
  readonly chosen: boolean;
  readonly vertical: boolean;
  readonly choose: (taskId: string) => void;
};
export type TaskNodeType = Node<TaskNodeData, "task">;

/** A task in the graph: name, kind, state by icon, colour and word. */
export function TaskNode({ id, data }: NodeProps<TaskNodeType>) {
  const { t } = useTranslation();
  const { summary } = data;
  const state = summary?.state ?? "none";
  return (
    <>
      <Handle type="target" position={data.vertical ? Position.Top : Position.Left} className={classes["handle"]} isConnectable={false} />
      <button
        type="button"
        className={`${classes["node"]} nopan`}
        data-state={state}
        data-task-id={id}
        aria-pressed={data.chosen}
        onClick={() => data.choose(id)}
      >
        {summary && <StateIcon state={state} size={18} />}
        <span className={classes["text"]}>
          {summary && <VisuallyHidden>{`${data.label}: ${t(STATE_LABELS[state])}`}</VisuallyHidden>}
          <span className={classes["label"]} aria-hidden={summary !== undefined}>
            {data.label}
          </span>
          <span className={classes["meta"]}>
            {data.operator}
            {summary && summary.count > 1 && ` × ${summary.count}`}
            {summary?.start && (
              <>
                {" · "}
                <Elapsed start={summary.start} end={summary.end} live={state === "running"} />
              </>
            )}
          </span>
        </span>
      </button>
      <Handle
        type="source"
        position={data.vertical ? Position.Bottom : Position.Right}
        className={classes["handle"]}
        isConnectable={false}
      />
    </>
  );
}

export type GroupNodeType = Node<{ readonly label: string }, "taskGroup">;

/** The frame around the tasks of a group. */
export function GroupNode({ data }: NodeProps<GroupNodeType>) {
  return <div className={classes["group"]}>{data.label}</div>;
}
