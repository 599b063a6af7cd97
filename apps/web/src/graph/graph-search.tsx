import { ActionIcon, Select, Tooltip } from "@mantine/core";
import { IconFold, IconSearch, IconArrowsDiagonal } from "@tabler/icons-react";
import { Panel, useReactFlow } from "@xyflow/react";
import { useTranslation } from "react-i18next";
import type { UiStructure } from "../api/dags.ts";
import classes from "./graph.module.css";

interface GraphSearchProps {
  readonly structure: UiStructure;
  readonly closed: ReadonlySet<string>;
  readonly open: (groupIds: readonly string[]) => void;
  /** Closes or opens all groups. */
  readonly setAll: (isClosed: boolean) => void;
}

/** Finds a task and brings it to the middle, opening the groups around it; opens and closes all groups. */
export function GraphSearch({ structure, closed, open, setAll }: GraphSearchProps) {
  const { t } = useTranslation();
  const flow = useReactFlow();
  const find = (taskId: string | null) => {
    const task = structure.nodes.find((node) => node.task_id === taskId);
    if (!task) return;
    const around: string[] = [];
    const parents = new Map(structure.groups.map((group) => [group.group_id, group.parent_id]));
    for (let at = task.group_id; at !== null; at = parents.get(at) ?? null) around.push(at);
    open(around);
    // The box may come into being only by the opening.
    window.setTimeout(() => void flow.fitView({ nodes: [{ id: task.task_id }], maxZoom: 1, duration: 300 }), 50);
  };
  return (
    <Panel position="top-left" className={classes["tools"] ?? ""}>
      <Select
        size="xs"
        w={210}
        searchable
        clearable
        limit={100}
        aria-label={t("Find a task")}
        placeholder={t("Find a task")}
        leftSection={<IconSearch size={14} />}
        data={structure.nodes.map((node) => ({
          value: node.task_id,
          label: node.label === node.task_id ? node.task_id : `${node.label} (${node.task_id})`,
        }))}
        onChange={find}
        nothingFoundMessage={t("No such task")}
      />
      {structure.groups.length > 0 && (
        <Tooltip label={closed.size === 0 ? t("Close all groups") : t("Open all groups")}>
          <ActionIcon
            variant="default"
            size={30}
            aria-label={closed.size === 0 ? t("Close all groups") : t("Open all groups")}
            onClick={() => setAll(closed.size === 0)}
          >
            {closed.size === 0 ? <IconFold size={16} /> : <IconArrowsDiagonal size={16} />}
          </ActionIcon>
        </Tooltip>
      )}
    </Panel>
  );
}
