import "@xyflow/react/dist/style.css";
import { useComputedColorScheme } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { type Edge, MarkerType, type NodeTypes, ReactFlow, useReactFlow } from "@xyflow/react";
import { type KeyboardEvent, useEffect, useMemo } from "react";
import { GraphFurniture, useGraphLabels } from "../../../graph/graph-furniture.tsx";
import graph from "../../../graph/graph.module.css";
import type { Box } from "../../../graph/layout.ts";
import { layoutLineage } from "./lineage-layout.ts";
import { LineageNode, type LineageNodeType, WHOLE_BOX } from "./lineage-node.tsx";
import type { LineageView, ShownEdge } from "./lineage-view.ts";
import { nextNode } from "./next-node.ts";

const NODE_TYPES: NodeTypes = { lineage: LineageNode };
/** Beyond this many boxes only what is in view is drawn. */
const CROWD = 120;

interface LineageCanvasProps {
  readonly view: LineageView;
  readonly open: ReadonlySet<string>;
  readonly chosen: string | undefined;
  readonly chosenColumn: string | undefined;
  /** Changes when other nodes are shown, so that they are brought into view. */
  readonly viewKey: string;
  /** A node to bring to the middle, by a number that changes with each wish. */
  readonly wanted: { readonly node: string; readonly wish: number } | undefined;
  readonly choose: (node: string) => void;
  readonly chooseColumn: (node: string, column: string) => void;
  readonly toggle: (node: string) => void;
}

/** The graph itself: zoom, pan, fit, a map, and arrow keys from node to node. */
export function LineageCanvas(props: LineageCanvasProps) {
  const { view, open, chosen, chosenColumn, viewKey, wanted, choose, chooseColumn, toggle } = props;
  const colorMode = useComputedColorScheme("light");
  const labels = useGraphLabels();
  const vertical = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false }) && chosenColumn === undefined;
  const placed = useMemo(() => layoutLineage(view, vertical ? "TB" : "LR"), [view, vertical]);
  const nodes = useMemo(
    () =>
      view.nodes.map(({ node, columns, more }): LineageNodeType => {
        const { x, y, width, height } = placed.get(node.id) ?? { x: 0, y: 0, width: 0, height: 0 };
        const state = { isOpen: open.has(node.id), chosen: chosen === node.id, chosenColumn, vertical };
        return {
          id: node.id,
          type: "lineage",
          position: { x, y },
          width,
          height,
          data: { node, columns, more, ...state, choose, chooseColumn, toggle },
        };
      }),
    [view, placed, open, chosen, chosenColumn, vertical, choose, chooseColumn, toggle],
  );
  const edges = useMemo(() => view.edges.map((edge) => flowEdge(edge, chosen)), [view, chosen]);
  return (
    <div className={graph["graph"]} onKeyDown={(event) => moveByKey(event, view, placed)}>
      <ReactFlow
        key={vertical ? "vertical" : "horizontal"}
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        colorMode={colorMode}
        fitView
        fitViewOptions={{ padding: 0.1, maxZoom: 1 }}
        minZoom={0.02}
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
        <GraphFurniture count={vertical ? 0 : nodes.length} nodeColor={() => "var(--pf-line-strong)"} />
        <Camera viewKey={viewKey} wanted={wanted} />
      </ReactFlow>
    </div>
  );
}

/** Brings into view what has come into being, and what was looked for. */
function Camera({ viewKey, wanted }: Pick<LineageCanvasProps, "viewKey" | "wanted">) {
  const flow = useReactFlow();
  useEffect(() => {
    const timer = window.setTimeout(() => void flow.fitView({ padding: 0.1, maxZoom: 1, duration: 200 }), 60);
    return () => window.clearTimeout(timer);
  }, [flow, viewKey]);
  useEffect(() => {
    if (wanted === undefined) return undefined;
    // after the fit of a view that has changed with it
    const timer = window.setTimeout(() => void flow.fitView({ nodes: [{ id: wanted.node }], maxZoom: 1, duration: 300 }), 300);
    return () => window.clearTimeout(timer);
  }, [flow, wanted]);
  return null;
}

function flowEdge({ from, to, columns }: ShownEdge, chosen: string | undefined): Edge {
  const isNear = columns !== null || from === chosen || to === chosen;
  const color = isNear ? "var(--mantine-color-iris-5)" : "var(--pf-line-strong)";
  return {
    id: [from, to, columns?.from, columns?.to].join("\n"),
    source: from,
    target: to,
    focusable: false,
    sourceHandle: columns?.from ?? WHOLE_BOX,
    targetHandle: columns?.to ?? WHOLE_BOX,
    style: { stroke: color, strokeWidth: isNear ? 2 : 1.5 },
    markerEnd: { type: MarkerType.ArrowClosed, color, width: 14, height: 14 },
  };
}

function moveByKey(event: KeyboardEvent, view: LineageView, placed: ReadonlyMap<string, Box>): void {
  const at = event.target instanceof HTMLElement ? event.target.dataset["lineageNode"] : undefined;
  const next = at === undefined ? undefined : nextNode(at, event.key, { edges: view.edges, placed });
  if (next === undefined) return;
  event.preventDefault();
  event.currentTarget.querySelector<HTMLElement>(`[data-lineage-node="${CSS.escape(next)}"]`)?.focus();
}
