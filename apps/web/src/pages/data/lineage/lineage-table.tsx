import type { UiDataLineage } from "@polyflow/contracts/wire";
import { useTranslation } from "react-i18next";
import { ListTable } from "../../../lists/list-table.tsx";
import { KINDS } from "./lineage-kinds.ts";
import type { LineageView, ShownEdge, ShownNode } from "./lineage-view.ts";
import { nodeLabel } from "./node-label.ts";
import classes from "./lineage.module.css";

interface LineageTableProps {
  readonly lineage: UiDataLineage;
  readonly view: LineageView;
  /** The way of one column is shown, not tables. */
  readonly isTrail: boolean;
  readonly choose: (node: string) => void;
}

/** The same as the graph, in rows: to be read out, searched by the browser, copied. */
export function LineageTable({ lineage, view, isTrail, choose }: LineageTableProps) {
  const { t } = useTranslation();
  const names = new Map(lineage.nodes.map((node) => [node.id, node]));
  const name = (id: string) => {
    const node = names.get(id);
    return (
      <button key={id} type="button" className={classes["link"]} onClick={() => choose(id)}>
        {node === undefined ? id : nodeLabel(node)}
      </button>
    );
  };
  const listOf = (ids: readonly string[]) =>
    ids.length === 0 ? "—" : <span className={classes["names"]}>{[...new Set(ids)].map(name)}</span>;
  if (isTrail) {
    return (
      <ListTable<ShownEdge>
        label={t("Way of the column")}
        rows={view.edges}
        keyOf={({ from, to, columns }) => [from, columns?.from, to, columns?.to].join("\n")}
        columns={[
          { header: t("From"), cell: ({ from }) => name(from) },
          { header: t("Column"), cell: ({ columns }) => <span className="pf-mono">{columns?.from}</span> },
          { header: t("To"), cell: ({ to }) => name(to) },
          { header: t("Its column"), cell: ({ columns }) => <span className="pf-mono">{columns?.to}</span> },
        ]}
      />
    );
  }
  return (
    <ListTable<ShownNode>
      label={t("Lineage")}
      rows={view.nodes}
      keyOf={({ node }) => node.id}
      columns={[
        { header: t("Name"), cell: ({ node }) => name(node.id) },
        { header: t("Kind"), cell: ({ node }) => t(KINDS[node.kind].label), fixed: true },
        { header: t("Comes from"), cell: ({ node }) => listOf(view.edges.filter(({ to }) => to === node.id).map(({ from }) => from)) },
        { header: t("Goes to"), cell: ({ node }) => listOf(view.edges.filter(({ from }) => from === node.id).map(({ to }) => to)) },
      ]}
    />
  );
}
