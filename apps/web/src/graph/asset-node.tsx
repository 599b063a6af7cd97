import { IconDatabase } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { Handle, type Node, type NodeProps, Position } from "@xyflow/react";
import { useTranslation } from "react-i18next";
import classes from "./graph.module.css";

export type AssetNodeType = Node<
  { readonly name: string; readonly side: "input" | "output"; readonly startsRuns: boolean; readonly vertical: boolean },
  "asset"
>;

/** An asset that tasks use or update, or whose update starts a run; leads to it. */
export function AssetNode({ data }: NodeProps<AssetNodeType>) {
  const { t } = useTranslation();
  const isInput = data.side === "input";
  const place = isInput ? (data.vertical ? Position.Bottom : Position.Right) : data.vertical ? Position.Top : Position.Left;
  return (
    <>
      <Link
        to="/data-assets"
        search={{ q: data.name }}
        className={`${classes["node"]} ${classes["asset"]} nopan`}
        data-asset={data.name}
        data-side={data.side}
      >
        <IconDatabase size={18} stroke={1.7} aria-hidden />
        <span className={classes["text"]}>
          <span className={classes["label"]} title={data.name}>
            {data.name}
          </span>
          <span className={classes["meta"]}>{isInput ? (data.startsRuns ? t("starts runs") : t("used")) : t("updated")}</span>
        </span>
      </Link>
      <Handle type={isInput ? "source" : "target"} position={place} className={classes["handle"]} isConnectable={false} />
    </>
  );
}
