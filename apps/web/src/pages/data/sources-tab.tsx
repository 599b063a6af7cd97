import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { dataOverviewQuery, type DataSource } from "../../api/data.ts";
import { CatalogueName } from "../../data/catalogue-name.tsx";
import { SourceLink } from "../../data/links.tsx";
import { textsOf, useInLanguage } from "../../data/use-in-language.ts";
import { ListBody } from "../../lists/list-body.tsx";
import { ListTable } from "../../lists/list-table.tsx";
import type { DataTabProps } from "./data-tab-props.ts";

/** Files and systems that data comes from. */
export function SourcesTab({ search }: DataTabProps) {
  const { t } = useTranslation();
  const query = useQuery(dataOverviewQuery);
  const local = useInLanguage();
  const found = query.data?.sources.map(local).filter((source) => textOf(source).includes((search.q ?? "").toLowerCase()));
  return (
    <ListBody
      query={query}
      count={found?.length}
      narrowed={search.q !== undefined}
      empty={{
        title: t("No sources yet"),
        text: t("Describe one in {{folder}} of a project; {{command}} proposes it from a file.", {
          folder: "metadata/sources",
          command: "polyflow df infer",
        }),
      }}
    >
      <ListTable<DataSource>
        label={t("Sources")}
        rows={found ?? []}
        keyOf={(source) => `${source.project} ${source.name}`}
        columns={[
          {
            header: t("Source"),
            cell: ({ project, name, title }) => (
              <CatalogueName link={<SourceLink project={project} source={name} label={title ?? name} />} name={name} project={project} />
            ),
          },
          { header: t("Place"), cell: (source) => <span className="pf-mono">{source.path}</span> },
          { header: t("Format"), cell: (source) => source.format, fixed: true },
          { header: t("Fields"), cell: (source) => source.fields.length, align: "end" },
          { header: t("Used by"), cell: (source) => source.flows.join(", ") || "—", dim: true },
        ]}
      />
    </ListBody>
  );
}

function textOf(source: DataSource): string {
  const { name, path, fields, flows } = source;
  return [name, ...textsOf(source), path, ...fields, ...flows].join(" ").toLowerCase();
}
