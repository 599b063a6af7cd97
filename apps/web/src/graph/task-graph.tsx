import "@xyflow/react/dist/style.css";
import { useComputedColorScheme } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { type NodeTypes, ReactFlow } from "@xyflow/react";
import { useCallback, useMemo, useState } from "react";
import type { UiStructure } from "../api/dags.ts";
import { type TaskSummary, worstOf } from "../state/task-summary.ts";
import { AssetNode } from "./asset-node.tsx";
import { closedAtFirst, collapse } from "./collapse.ts";
import { flowElements } from "./flow-elements.ts";
import { GraphFurniture, useGraphLabels } from "./graph-furniture.tsx";
import classes from "./graph.module.css";
import { GraphLegend } from "./graph-legend.tsx";
import { GraphSearch } from "./graph-search.tsx";
import { layoutGraph } from "./layout.ts";
import { ClosedGroupNode, GroupNode, TaskNode } from "./task-node.tsx";

const NODE_TYPES: NodeTypes = { task: TaskNode, taskGroup: GroupNode, closedGroup: ClosedGroupNode, asset: AssetNode };
/** Beyond this many boxes the graph draws only what is in view. */
const CROWD = 150;

interface TaskGraphProps {
  readonly structure: UiStructure;
  /** States of a run; without a run the bare structure is shown. */
  readonly summaries: ReadonlyMap<string, TaskSummary>;
  readonly chosen: string | undefined;
  readonly choose: (taskId: string) => void;
}

/** A DAG as a graph. The layout depends on the structure and the open groups alone, so states change without anything moving. */
export function TaskGraph({ structure, summaries, chosen, choose }: TaskGraphProps) {
  const labels = useGraphLabels();
  const colorMode = useComputedColorScheme("light");
  const vertical = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  const [closed, setClosed] = useState(() => closedAtFirst(structure));
  const toggle = useCallback((groupId: string) => {
    setClosed((before) => {
      const next = new Set(before);
      if (!next.delete(groupId)) next.add(groupId);
      return next;
    });
  }, []);
  const visible = useMemo(() => collapse(structure, closed), [structure, closed]);
  const placed = useMemo(() => layoutGraph(visible, vertical ? "TB" : "LR"), [visible, vertical]);
  const { nodes, edges } = useMemo(
    () => flowElements({ structure, visible, placed, summaries, chosen, vertical, choose, toggle }),
    [structure, visible, placed, summaries, chosen, vertical, choose, toggle],
  );
  const open = useCallback((groupIds: readonly string[]) => {
    setClosed((before) => new Set([...before].filter((groupId) => !groupIds.includes(groupId))));
  }, []);
  return (
    <div className={classes["graph"]}>
      <ReactFlow
        key={vertical ? "vertical" : "horizontal"}
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        colorMode={colorMode}
        fitView
        fitViewOptions={{ padding: 0.12, maxZoom: 1, minZoom: 0.25 }}
        minZoom={0.05}
        maxZoom={1.6}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        onlyRenderVisibleElements={nodes.length > CROWD}
        proOptions={{ hideAttribution: true }}
        ariaLabelConfig={labels}
      >
        <GraphFurniture
          count={structure.nodes.length}
          nodeColor={(node) => {
            const taskIds = visible.nodes.find((one) => one.id === node.id)?.taskIds;
            return taskIds === undefined || taskIds.length === 0
              ? "transparent"
              : `var(--pf-${(worstOf(taskIds, summaries) ?? "none").replaceAll("_", "-")})`;
          }}
        />
        <GraphSearch
          structure={structure}
          closed={closed}
          open={open}
          setAll={(isClosed) => setClosed(new Set(isClosed ? structure.groups.map((group) => group.group_id) : []))}
        />
      </ReactFlow>
      <GraphLegend />
    </div>
  );
}
