import { VisuallyHidden } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { Handle, type Node, type NodeProps, Position, useStore } from "@xyflow/react";
import { useTranslation } from "react-i18next";
import { StateIcon } from "../state/state-icon.tsx";
import { STATE_LABELS, type State } from "../state/state-label.ts";
import type { TaskSummary } from "../state/task-summary.ts";
import { Elapsed } from "../ui/when.tsx";
import classes from "./graph.module.css";

export type TaskNodeData = {
  readonly label: string;
  readonly operator: string;
  readonly role: "setup" | "teardown" | null;
  readonly isMapped: boolean;
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
        data-mapped={data.isMapped || undefined}
        aria-pressed={data.chosen}
        onClick={() => data.choose(id)}
      >
        {summary && <StateIcon state={state} size={18} />}
        <span className={classes["text"]}>
          {summary && <VisuallyHidden>{`${data.label}: ${t(STATE_LABELS[state])}`}</VisuallyHidden>}
          <span className={classes["label"]} aria-hidden={summary !== undefined}>
            {data.label}
          </span>
          <TaskMeta data={data} />
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

/** What the task does, how often, and for how long. */
function TaskMeta({ data }: { data: TaskNodeData }) {
  const { t } = useTranslation();
  const { summary } = data;
  const kind = { setup: t("setup"), teardown: t("teardown") };
  const count = summary?.count ?? 0;
  return (
    <span className={classes["meta"]}>
      {data.role === null ? data.operator : kind[data.role]}
      {data.isMapped ? ` × ${count === 0 ? "…" : count}` : count > 1 && ` × ${count}`}
      {summary?.start && (
        <>
          {" · "}
          <Elapsed start={summary.start} end={summary.end} live={summary.state === "running"} />
        </>
      )}
    </span>
  );
}

export type GroupNodeType = Node<
  { readonly label: string; readonly groupId: string; readonly toggle: (groupId: string) => void },
  "taskGroup"
>;

/** Room that the layout leaves for a title. */
const TITLE_HEIGHT = 40;
/** What a finger needs on the screen (WCAG 2.5.8). */
const LEAST_TARGET = 25;
const LARGEST_TITLE = 120;

/** Side of a title in the graph's own pixels that can be hit however small the graph is drawn. */
function titleSide(zoom: number): number {
  return Math.max(TITLE_HEIGHT, Math.min(LARGEST_TITLE, Math.ceil(LEAST_TARGET / zoom)));
}

/** The frame around the tasks of an open group; its title closes it. */
export function GroupNode({ data }: NodeProps<GroupNodeType>) {
  const { t } = useTranslation();
  const side = useStore(({ transform: [, , zoom] }) => titleSide(zoom));
  return (
    <div className={classes["group"]}>
      <button
        type="button"
        className={`${classes["groupTitle"]} nopan`}
        aria-expanded
        aria-label={t("Close the group {{group}}", { group: data.groupId })}
        // It grows upwards, out of the frame, so as not to cover a task.
        style={{ minHeight: side, minWidth: side, marginTop: TITLE_HEIGHT - side }}
        onClick={() => data.toggle(data.groupId)}
      >
        <IconChevronDown size={14} aria-hidden />
        {data.label}
      </button>
    </div>
  );
}

export type ClosedGroupNodeType = Node<
  {
    readonly label: string;
    readonly groupId: string;
    /** Tasks in it. */
    readonly count: number;
    readonly state: State | undefined;
    readonly vertical: boolean;
    readonly toggle: (groupId: string) => void;
  },
  "closedGroup"
>;

/** A closed group: the state of it that most needs a look, and how many tasks it holds. */
export function ClosedGroupNode({ data }: NodeProps<ClosedGroupNodeType>) {
  const { t } = useTranslation();
  return (
    <>
      <Handle type="target" position={data.vertical ? Position.Top : Position.Left} className={classes["handle"]} isConnectable={false} />
      <button
        type="button"
        className={`${classes["node"]} ${classes["closed"]} nopan`}
        data-state={data.state ?? "none"}
        data-group-id={data.groupId}
        aria-expanded={false}
        onClick={() => data.toggle(data.groupId)}
      >
        {data.state ? <StateIcon state={data.state} size={18} /> : <IconChevronRight size={16} aria-hidden />}
        <span className={classes["text"]}>
          {data.state && <VisuallyHidden>{`${t(STATE_LABELS[data.state])}: `}</VisuallyHidden>}
          <span className={classes["label"]}>{data.label}</span>
          <span className={classes["meta"]}>{t("{{count}} task", { count: data.count })}</span>
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
