import { useNavigate } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import type { Lineage } from "../../api/assets.ts";
import type { UiStructure } from "../../api/dags.ts";
import { TaskGraph } from "../../graph/task-graph.tsx";
import classes from "./lineage-graph.module.css";

const NO_STATES = new Map<string, never>();

/** Assets and the processes that make and use them; a click opens what it stands for. */
export function LineageGraph({ lineage }: { lineage: Lineage }) {
  const navigate = useNavigate();
  const structure = useMemo(() => structureOf(lineage), [lineage]);
  const open = useCallback(
    (id: string) => {
      const node = lineage.nodes.find((one) => one.id === id);
      if (node?.kind === "dag") void navigate({ to: "/dags/$dagId", params: { dagId: node.label } });
      else if (node) void navigate({ to: "/data-assets/$assetId", params: { assetId: id.replace(/^\D+/, "") } });
    },
    [lineage, navigate],
  );
  return (
    <div className={classes["graph"]}>
      <TaskGraph structure={structure} summaries={NO_STATES} chosen={undefined} choose={open} />
    </div>
  );
}

/** What starts a process is drawn as data, what a task merely uses as order. */
function structureOf({ nodes, edges }: Lineage): UiStructure {
  return {
    version_number: 1,
    nodes: nodes.map(({ id, kind, label }) => ({
      task_id: id,
      label,
      operator: kind,
      details: {},
      doc_md: null,
      trigger_rule: "all_success",
      retries: 0,
      group_id: null,
      role: null,
      is_mapped: false,
    })),
    edges: edges.map(({ source, target, role }) => ({ from: source, to: target, data: role !== "inlet", label: null })),
    groups: [],
  };
}
