import type { UiDataLineage, UiLineageNode } from "@polyflow/contracts/wire";
import { Button, CloseButton } from "@mantine/core";
import { IconFocusCentered } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { KINDS } from "./lineage-kinds.ts";
import { LineageNodeLink } from "./lineage-node-link.tsx";
import { FIRST_STEPS, type LineageSearch } from "./lineage-search.ts";
import { nodeLabel } from "./node-label.ts";
import classes from "./lineage.module.css";

interface LineagePanelProps {
  readonly lineage: UiDataLineage;
  readonly node: UiLineageNode;
  readonly column: string | undefined;
  readonly change: (part: LineageSearch) => void;
}

/** What is known of the chosen node: what it is, what it comes from and goes to, its columns to follow. */
export function LineagePanel({ lineage, node, column, change }: LineagePanelProps) {
  const { t } = useTranslation();
  const nodes = new Map(lineage.nodes.map((one) => [one.id, one]));
  const before = lineage.edges.filter((edge) => edge.to === node.id);
  const after = lineage.edges.filter((edge) => edge.from === node.id);
  const processes = before.flatMap((edge) => edge.by);
  const listOf = (ids: readonly string[]) => [...new Set(ids)].flatMap((id) => nodes.get(id) ?? []);
  const choose = (id: string) => change({ node: id, column: undefined });
  return (
    <aside className={classes["panel"]} aria-label={nodeLabel(node)}>
      <header>
        <span className={classes["kind"]}>{t(KINDS[node.kind].label)}</span>
        <CloseButton
          size="sm"
          aria-label={t("Close")}
          onClick={() => change({ node: undefined, column: undefined, up: undefined, down: undefined })}
        />
      </header>
      <h2>{node.title ?? node.name}</h2>
      {node.detail !== null && <p className="pf-mono">{node.detail}</p>}
      {node.description !== null && <p>{node.description}</p>}
      {node.owner !== null && (
        <p>
          {t("Owner")}: {node.owner}
        </p>
      )}
      <div className={classes["actions"]}>
        <LineageNodeLink node={node} />
        <Button
          size="xs"
          variant="default"
          leftSection={<IconFocusCentered size={15} />}
          onClick={() => change({ column: undefined, up: FIRST_STEPS, down: FIRST_STEPS })}
        >
          {t("Only its surroundings")}
        </Button>
      </div>
      <Neighbours title={t("Comes from")} nodes={listOf(before.map((edge) => edge.from))} choose={choose} />
      <Neighbours title={t("Goes to")} nodes={listOf(after.map((edge) => edge.to))} choose={choose} />
      <Neighbours title={t("Written by")} nodes={listOf(processes)} choose={choose} />
      {node.columns.length > 0 && (
        <section>
          <h3>{t("Follow a column")}</h3>
          <ul>
            {node.columns.map((name) => (
              <li key={name}>
                <button
                  type="button"
                  className="pf-mono"
                  aria-pressed={name === column}
                  onClick={() => change({ column: name === column ? undefined : name })}
                >
                  {name}
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </aside>
  );
}

interface NeighboursProps {
  readonly title: string;
  readonly nodes: readonly UiLineageNode[];
  readonly choose: (node: string) => void;
}

function Neighbours({ title, nodes, choose }: NeighboursProps) {
  if (nodes.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <ul>
        {nodes.map((node) => (
          <li key={node.id}>
            <button type="button" onClick={() => choose(node.id)}>
              {nodeLabel(node)}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
