import type { UiDataEntity } from "@polyflow/contracts/wire";
import { IconArrowRight } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import type { DataColumn } from "../../api/data.ts";
import classes from "../../data/data.module.css";
import { SourceLink } from "../../data/links.tsx";
import { ListTable } from "../../lists/list-table.tsx";
import { Card } from "../../ui/card.tsx";
import { Nothing } from "../../ui/problem.tsx";
import { FIRST_STEPS } from "./lineage/lineage-search.ts";

/** Where rows and columns come from. */
export function LineageTab({ entity }: { entity: UiDataEntity }) {
  const { t } = useTranslation();
  const graph = (
    <Link
      to="/data"
      search={{ tab: "lineage", node: ["entity", entity.project, entity.ref].join(" "), up: FIRST_STEPS, down: FIRST_STEPS }}
    >
      {t("Show it in the graph")}
    </Link>
  );
  if (entity.flow_details.length === 0)
    return (
      <Nothing title={t("Nothing flows here")}>
        {t("No flow of the project has this table as its target.")} {graph}
      </Nothing>
    );
  return (
    <>
      <Card title={t("Flows")} aside={graph}>
        {entity.flow_details.map((flow) => (
          <div key={flow.name} className={classes["lineage"]}>
            <div className={classes["node"]}>
              <SourceLink project={entity.project} source={flow.source} />
              <span className={classes["dim"]}>{t("Source")}</span>
            </div>
            <IconArrowRight size={18} aria-hidden />
            <div className={classes["node"]}>
              <b>{flow.title ?? flow.name}</b>
              <span className={classes["dim"]}>
                {flow.mode === "merge" ? `${flow.mode}, ${flow.strategy}` : flow.mode}
                {flow.keys.length > 0 && ` · ${flow.keys.join(", ")}`}
              </span>
            </div>
            <IconArrowRight size={18} aria-hidden />
            <div className={classes["node"]}>
              <b>{entity.title ?? entity.ref}</b>
              <span className={classes["dim"]}>{`${entity.schema}.${entity.table}`}</span>
            </div>
          </div>
        ))}
      </Card>
      <ListTable<DataColumn>
        label={t("Lineage of the columns")}
        rows={entity.columns}
        keyOf={(column) => column.column}
        columns={[
          { header: t("From"), cell: (column) => <From project={entity.project} column={column} /> },
          { header: t("To"), cell: (column) => <b className="pf-mono">{column.column}</b> },
        ]}
      />
    </>
  );
}

function From({ project, column }: { project: string; column: DataColumn }) {
  if (column.sources.length === 0) return "—";
  return column.sources.map(({ flow, source, field }, index) => (
    <Fragment key={`${flow} ${field}`}>
      {index > 0 && ", "}
      <SourceLink project={project} source={source} /> <span className="pf-mono">{field}</span>
    </Fragment>
  ));
}
