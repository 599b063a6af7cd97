import "@xyflow/react/dist/style.css";
import { useComputedColorScheme } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { Background, BackgroundVariant, Controls, type Edge, MarkerType, MiniMap, type NodeTypes, ReactFlow } from "@xyflow/react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { UiStructure } from "../api/dags.ts";
import type { TaskSummary } from "../state/task-summary.ts";
import classes from "./graph.module.css";
import { type Box, layoutGraph } from "./layout.ts";
import { GroupNode, type GroupNodeType, TaskNode, type TaskNodeType } from "./task-node.tsx";

const NODE_TYPES: NodeTypes = { task: TaskNode, taskGroup: GroupNode };
/** Beyond this many tasks the graph draws only what is in view. */
const CROWD = 150;
const MINIMAP_FROM = 12;

interface TaskGraphProps {
  readonly structure: UiStructure;
  /** States of a run; without a run the bare structure is shown. */
  readonly summaries: ReadonlyMap<string, TaskSummary>;
  readonly chosen: string | undefined;
  readonly choose: (taskId: string) => void;
}

/** A DAG as a graph. The layout depends on the structure alone, so states change without anything moving. */
export function TaskGraph({ structure, summaries, chosen, choose }: TaskGraphProps) {
  const { t } = useTranslation();
  const colorMode = useComputedColorScheme("light");
  const vertical = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  const placed = useMemo(() => layoutGraph(structure, vertical ? "TB" : "LR"), [structure, vertical]);
  const nodes = useMemo(
    () => [
      ...placed.groups.map(groupNode),
      ...placed.tasks.map((box, index): TaskNodeType => {
        const task = structure.nodes[index];
        const data = {
          label: task?.label ?? box.id,
          operator: task?.operator ?? "",
          summary: summaries.get(box.id),
          chosen: chosen === box.id,
          vertical,
          choose,
        };
        return { id: box.id, type: "task", position: { x: box.x, y: box.y }, width: box.width, height: box.height, data };
      }),
    ],
    [placed, structure, summaries, chosen, choose, vertical],
  );
  const edges = useMemo(() => structure.edges.map((edge) => graphEdge(edge, summaries)), [structure, summaries]);
  return (
    <div className={classes["graph"]}>
      <ReactFlow
        key={vertical ? "vertical" : "horizontal"}
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        colorMode={colorMode}
        fitView
        fitViewOptions={{ padding: 0.12, maxZoom: 1 }}
        minZoom={0.08}
        maxZoom={1.6}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        onlyRenderVisibleElements={structure.nodes.length > CROWD}
        proOptions={{ hideAttribution: true }}
        ariaLabelConfig={{
          "controls.ariaLabel": t("View of the graph"),
          "controls.zoomIn.ariaLabel": t("Zoom in"),
          "controls.zoomOut.ariaLabel": t("Zoom out"),
          "controls.fitView.ariaLabel": t("Fit to screen"),
          "minimap.ariaLabel": t("Map of the graph"),
        }}
      >
        <Background variant={BackgroundVariant.Dots} gap={20} size={1.2} color="var(--pf-line-strong)" />
        <Controls showInteractive={false} position="bottom-left" />
        {structure.nodes.length >= MINIMAP_FROM && (
          <MiniMap pannable zoomable nodeColor={(node) => (node.type === "task" ? stateColor(summaries.get(node.id)) : "transparent")} />
        )}
      </ReactFlow>
      <Legend />
    </div>
  );
}

function Legend() {
  const { t } = useTranslation();
  return (
    <div className={classes["legend"]}>
      <span>
        <i data-kind="data" />
        {t("data")}
      </span>
      <span>
        <i data-kind="order" />
        {t("order only")}
      </span>
    </div>
  );
}

function stateColor(summary: TaskSummary | undefined): string {
  return `var(--pf-${(summary?.state ?? "none").replaceAll("_", "-")})`;
}

function groupNode(box: Box): GroupNodeType {
  return {
    id: `group ${box.id}`,
    type: "taskGroup",
    position: { x: box.x, y: box.y },
    width: box.width,
    height: box.height,
    zIndex: -1,
    data: { label: box.id },
  };
}

function graphEdge({ from, to, data }: UiStructure["edges"][number], summaries: TaskGraphProps["summaries"]): Edge {
  const color = data ? "var(--mantine-color-iris-4)" : "var(--pf-line-strong)";
  return {
    id: `${from} ${to}`,
    source: from,
    target: to,
    focusable: false,
    animated: summaries.get(to)?.state === "running",
    style: { stroke: color, strokeWidth: data ? 2 : 1.5, ...(data ? {} : { strokeDasharray: "5 4" }) },
    markerEnd: { type: MarkerType.ArrowClosed, color, width: 14, height: 14 },
  };
}
