import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type DataEntity, dataOverviewQuery } from "../../api/data.ts";
import { CatalogueName } from "../../data/catalogue-name.tsx";
import { EntityLink } from "../../data/links.tsx";
import { LoadBadge } from "../../data/load-badge.tsx";
import { QualityBadge } from "../../data/quality-badge.tsx";
import { textsOf, useInLanguage } from "../../data/use-in-language.ts";
import { useFormat } from "../../format/format-provider.tsx";
import { ListBody } from "../../lists/list-body.tsx";
import { ListTable } from "../../lists/list-table.tsx";
import { When } from "../../ui/when.tsx";
import type { DataTabProps } from "./data-tab-props.ts";

/** Tables that data goes to. */
export function EntitiesTab({ search }: DataTabProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useQuery(dataOverviewQuery);
  const local = useInLanguage();
  const found = query.data?.entities.map(local).filter((entity) => textOf(entity).includes((search.q ?? "").toLowerCase()));
  return (
    <ListBody
      query={query}
      count={found?.length}
      narrowed={search.q !== undefined}
      empty={{
        title: t("No tables yet"),
        text: t("Describe one in {{folder}} of a project; {{command}} proposes it from a file.", {
          folder: "metadata/entities",
          command: "polyflow df infer",
        }),
      }}
    >
      <ListTable<DataEntity>
        label={t("Tables")}
        rows={found ?? []}
        keyOf={(entity) => `${entity.project} ${entity.ref}`}
        columns={[
          {
            header: t("Table"),
            cell: ({ project, ref, title, schema, table }) => (
              <CatalogueName
                link={<EntityLink project={project} entity={ref} label={title ?? ref} />}
                name={`${schema}.${table}`}
                project={project}
              />
            ),
          },
          { header: t("Owner"), cell: (entity) => entity.owner ?? "—", dim: true },
          {
            header: t("Last load"),
            cell: ({ last_load: load }) => (load === null ? t("Never loaded") : <LoadBadge status={load.status} />),
            fixed: true,
          },
          { header: t("When"), cell: ({ last_load: load }) => (load === null ? "—" : <When at={load.finished_at} />), fixed: true },
          { header: t("Rows"), cell: ({ last_load: load }) => (load === null ? "—" : format.number(load.target)), align: "end" },
          { header: t("Rejected"), cell: ({ last_load: load }) => (load === null ? "—" : format.number(load.rejected)), align: "end" },
          { header: t("Quality"), cell: ({ quality }) => (quality === null ? "—" : <QualityBadge status={quality} />), fixed: true },
        ]}
      />
    </ListBody>
  );
}

/** All that the search looks through. */
function textOf(entity: DataEntity): string {
  const { ref, owner, schema, table, tags, columns, flows } = entity;
  return [ref, ...textsOf(entity), owner, `${schema}.${table}`, ...tags, ...columns, ...flows].join(" ").toLowerCase();
}
