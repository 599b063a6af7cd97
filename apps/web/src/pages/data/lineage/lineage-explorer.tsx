import type { UiDataLineage } from "@polyflow/contracts/wire";
import { useCallback, useMemo, useState } from "react";
import area from "../../dag/graph-tab.module.css";
import { LineageCanvas } from "./lineage-canvas.tsx";
import { LineagePanel } from "./lineage-panel.tsx";
import type { LineageSearch } from "./lineage-search.ts";
import { LineageTable } from "./lineage-table.tsx";
import { LineageToolbar } from "./lineage-toolbar.tsx";
import { lineageView } from "./lineage-view.ts";
import classes from "./lineage.module.css";

interface LineageExplorerProps {
  readonly lineage: UiDataLineage;
  readonly search: LineageSearch;
  readonly change: (part: LineageSearch) => void;
}

/** The graph of the catalogue with its tools, or the same as a table, and what is known of the chosen node. */
export function LineageExplorer({ lineage, search, change }: LineageExplorerProps) {
  const { node, column, up, down } = search;
  const processes = search.processes !== "off";
  const [open, setOpen] = useState<ReadonlySet<string>>(() => new Set(node === undefined ? [] : [node]));
  const [wanted, want] = useState(node === undefined ? undefined : { node, wish: 0 });
  const view = useMemo(
    () => lineageView(lineage, { node, column, up, down, processes, open }),
    [lineage, node, column, up, down, processes, open],
  );
  const toggle = useCallback((id: string) => {
    setOpen((before) => {
      const next = new Set(before);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  }, []);
  const choose = useCallback((id: string) => change({ node: id, column: undefined }), [change]);
  const chooseColumn = useCallback((id: string, name: string) => change({ node: id, column: name }), [change]);
  const find = (id: string, name: string | undefined) => {
    change({ node: id, column: name, up: undefined, down: undefined });
    want((before) => ({ node: id, wish: (before?.wish ?? 0) + 1 }));
  };
  const shown = lineage.nodes.find((one) => one.id === node);
  const isWhole = column === undefined && up === undefined && down === undefined;
  const viewKey = isWhole ? String(processes) : [node, column, up, down, processes].join("\n");
  return (
    <>
      <LineageToolbar lineage={lineage} search={search} change={change} find={find} />
      {search.view === "table" ? (
        <div className={classes["split"]}>
          <LineageTable lineage={lineage} view={view} isTrail={column !== undefined} choose={choose} />
          {shown && <LineagePanel lineage={lineage} node={shown} column={column} change={change} />}
        </div>
      ) : (
        <div className={`${area["area"]} ${classes["area"]}`}>
          <LineageCanvas
            view={view}
            open={column === undefined ? open : new Set(view.nodes.map((one) => one.node.id))}
            chosen={node}
            chosenColumn={column}
            viewKey={viewKey}
            wanted={isWhole ? wanted : undefined}
            choose={choose}
            chooseColumn={chooseColumn}
            toggle={toggle}
          />
          {shown && <LineagePanel lineage={lineage} node={shown} column={column} change={change} />}
        </div>
      )}
    </>
  );
}
