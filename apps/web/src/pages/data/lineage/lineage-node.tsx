import type { UiLineageNode } from "@polyflow/contracts/wire";
import { VisuallyHidden } from "@mantine/core";
import { IconChevronDown, IconChevronUp } from "@tabler/icons-react";
import { Handle, type Node, type NodeProps, Position } from "@xyflow/react";
import { useTranslation } from "react-i18next";
import graph from "../../../graph/graph.module.css";
import { KINDS } from "./lineage-kinds.ts";
import classes from "./lineage.module.css";

export type LineageNodeData = {
  readonly node: UiLineageNode;
  readonly columns: readonly string[];
  readonly more: number;
  readonly isOpen: boolean;
  readonly chosen: boolean;
  readonly chosenColumn: string | undefined;
  readonly vertical: boolean;
  readonly choose: (node: string) => void;
  readonly chooseColumn: (node: string, column: string) => void;
  readonly toggle: (node: string) => void;
};
export type LineageNodeType = Node<LineageNodeData, "lineage">;

/** The end of edges that lead to the box, not to one of its columns. */
export const WHOLE_BOX = "*";

/** A source, table, model, asset or process; opened, with its columns. */
export function LineageNode({ id, data }: NodeProps<LineageNodeType>) {
  const { t } = useTranslation();
  const { node, columns, vertical, chosen, more, isOpen } = data;
  const { label, Icon } = KINDS[node.kind];
  const name = node.title ?? node.name;
  const Chevron = isOpen ? IconChevronUp : IconChevronDown;
  return (
    <div className={`${classes["box"]} nopan`} data-kind={node.kind} data-chosen={chosen || undefined}>
      <Handle
        type="target"
        id={WHOLE_BOX}
        position={vertical ? Position.Top : Position.Left}
        className={graph["handle"]}
        isConnectable={false}
      />
      <div className={classes["head"]}>
        <button
          type="button"
          className={classes["headButton"]}
          data-lineage-node={id}
          aria-pressed={chosen}
          onClick={() => data.choose(id)}
        >
          <Icon size={18} aria-hidden />
          <span className={graph["text"]}>
            <VisuallyHidden>{t(label)}: </VisuallyHidden>
            <span className={graph["label"]}>{name}</span>
            <span className={graph["meta"]}>{node.detail ?? t(label)}</span>
          </span>
        </button>
        {node.columns.length > 0 && (
          <button
            type="button"
            className={classes["toggle"]}
            aria-expanded={isOpen}
            aria-label={t("Columns of {{name}}", { name })}
            onClick={() => data.toggle(id)}
          >
            <Chevron size={16} aria-hidden />
          </button>
        )}
      </div>
      {columns.length > 0 && (
        <ul className={classes["columns"]} aria-label={t("Columns of {{name}}", { name })}>
          {columns.map((column) => (
            <li key={column}>
              <Handle type="target" id={column} position={Position.Left} className={graph["handle"]} isConnectable={false} />
              <button
                type="button"
                aria-pressed={chosen && data.chosenColumn === column}
                title={t("Follow {{column}}", { column })}
                onClick={() => data.chooseColumn(id, column)}
              >
                {column}
              </button>
              <Handle type="source" id={column} position={Position.Right} className={graph["handle"]} isConnectable={false} />
            </li>
          ))}
          {more > 0 && <li className={classes["more"]}>{t("{{count}} more column", { count: more })}</li>}
        </ul>
      )}
      <Handle
        type="source"
        id={WHOLE_BOX}
        position={vertical ? Position.Bottom : Position.Right}
        className={graph["handle"]}
        isConnectable={false}
      />
    </div>
  );
}
