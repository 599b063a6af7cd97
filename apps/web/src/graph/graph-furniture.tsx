import { Background, BackgroundVariant, Controls, MiniMap, type Node } from "@xyflow/react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

const MINIMAP_FROM = 12;

/** Texts of the graph's own controls, for screen readers. */
export function useGraphLabels() {
  const { t } = useTranslation();
  return useMemo(
    () => ({
      "controls.ariaLabel": t("View of the graph"),
      "controls.zoomIn.ariaLabel": t("Zoom in"),
      "controls.zoomOut.ariaLabel": t("Zoom out"),
      "controls.fitView.ariaLabel": t("Fit to screen"),
      "minimap.ariaLabel": t("Map of the graph"),
    }),
    [t],
  );
}

interface GraphFurnitureProps {
  /** Boxes in all; with many there is a map. */
  readonly count: number;
  readonly nodeColor: (node: Node) => string;
}

/** What every graph has: a dotted ground, controls of the view, a map when it is large. */
export function GraphFurniture({ count, nodeColor }: GraphFurnitureProps) {
  return (
    <>
      <Background variant={BackgroundVariant.Dots} gap={20} size={1.2} color="var(--pf-line-strong)" />
      <Controls showInteractive={false} position="bottom-left" />
      {count >= MINIMAP_FROM && <MiniMap pannable zoomable nodeColor={nodeColor} />}
    </>
  );
}
