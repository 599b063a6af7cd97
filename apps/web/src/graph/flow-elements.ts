import { type Edge, MarkerType } from "@xyflow/react";
import type { UiStructure } from "../api/dags.ts";
import { type TaskSummary, worstOf } from "../state/task-summary.ts";
import type { AssetNodeType } from "./asset-node.tsx";
import { assetNodeId } from "./collapse.ts";
import type { VisibleEdge, VisibleGraph } from "./collapse.ts";
import type { Box } from "./layout.ts";
import type { ClosedGroupNodeType, GroupNodeType, TaskNodeType } from "./task-node.tsx";

interface FlowInput {
  readonly structure: UiStructure;
  readonly visible: VisibleGraph;
  readonly placed: { readonly nodes: readonly Box[]; readonly frames: readonly Box[] };
  readonly summaries: ReadonlyMap<string, TaskSummary>;
  readonly chosen: string | undefined;
  readonly vertical: boolean;
  readonly choose: (taskId: string) => void;
  readonly toggle: (groupId: string) => void;
}

/** The boxes and lines that are drawn, from what is visible and where it was placed. */
export function flowElements(input: FlowInput) {
  const { structure, visible, placed, summaries } = input;
  const tasks = new Map(structure.nodes.map((task) => [task.task_id, task]));
  const visibleNodes = new Map(visible.nodes.map((node) => [node.id, node]));
  const assets = new Map(structure.assets?.map((asset) => [assetNodeId(asset), asset]));
  const labels = new Map(structure.groups.map((group) => [group.group_id, group.label]));
  const shape = ({ id, x, y, width, height }: Box) => ({ id, position: { x, y }, width, height });
  const frames = placed.frames.map(
    (box, depth): GroupNodeType => ({
      ...shape(box),
      id: `frame ${box.id}`,
      type: "taskGroup",
      zIndex: depth - placed.frames.length - 1,
      data: { label: labels.get(box.id) ?? box.id, groupId: box.id, toggle: input.toggle },
    }),
  );
  const nodes = placed.nodes.map((box): TaskNodeType | ClosedGroupNodeType | AssetNodeType => {
    const node = visibleNodes.get(box.id);
    const { chosen, vertical, choose, toggle } = input;
    const asset = assets.get(box.id);
    if (asset !== undefined) {
      const { name, side, starts_runs: startsRuns } = asset;
      return { ...shape(box), type: "asset", data: { name, side, startsRuns, vertical } };
    }
    if (node?.kind === "group") {
      const groupId = box.id.slice("group ".length);
      const state = worstOf(node.taskIds, summaries);
      const data = { label: labels.get(groupId) ?? groupId, groupId, count: node.taskIds.length, state, vertical, toggle };
      return { ...shape(box), type: "closedGroup", data };
    }
    const task = tasks.get(box.id);
    const data = {
      label: task?.label ?? box.id,
      operator: task?.operator ?? "",
      role: task?.role ?? null,
      isMapped: task?.is_mapped ?? false,
      summary: summaries.get(box.id),
      chosen: chosen === box.id,
      vertical,
      choose,
    };
    return { ...shape(box), type: "task", data };
  });
  const edges = visible.edges.map((edge) => graphEdge(edge, worstOf(visibleNodes.get(edge.to)?.taskIds ?? [], summaries) === "running"));
  return { nodes: [...frames, ...nodes], edges };
}

function graphEdge({ from, to, data, label }: VisibleEdge, isRunning: boolean): Edge {
  const color = data ? "var(--mantine-color-iris-4)" : "var(--pf-line-strong)";
  return {
    id: `${from} ${to}`,
    source: from,
    target: to,
    focusable: false,
    animated: isRunning,
    ...(label === null
      ? {}
      : {
          label,
          labelStyle: { fill: "var(--mantine-color-text)", fontSize: 12 },
          labelBgStyle: { fill: "var(--pf-surface)" },
          labelBgPadding: [4, 2],
        }),
    style: { stroke: color, strokeWidth: data ? 2 : 1.5, ...(data ? {} : { strokeDasharray: "5 4" }) },
    markerEnd: { type: MarkerType.ArrowClosed, color, width: 14, height: 14 },
  };
}
