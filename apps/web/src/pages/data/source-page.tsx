import { Button } from "@mantine/core";
import { IconTableOptions } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import { useRights } from "../../access/use-rights.ts";
import { dataSourceQuery } from "../../api/data.ts";
import type { UiDataSource } from "@polyflow/contracts/wire";
import { EntityLink } from "../../data/links.tsx";
import { useInLanguage } from "../../data/use-in-language.ts";
import { ListTable } from "../../lists/list-table.tsx";
import lists from "../../lists/lists.module.css";
import { PageHeader } from "../../shell/page-header.tsx";
import { PageLoading } from "../../shell/page-states.tsx";
import { Facts } from "../../ui/facts.tsx";
import { Problem } from "../../ui/problem.tsx";

type Field = UiDataSource["fields"][number];

/** One source: what it is and where its fields go. */
export function SourcePage() {
  const { t } = useTranslation();
  const rights = useRights();
  const { project, source: name } = useParams({ from: "/signed-in/data/sources/$project/$source" });
  const { data, error, refetch } = useQuery(dataSourceQuery(project, name));
  const local = useInLanguage();
  const source = data && local(data);
  if (error && !source) return <Problem error={error} retry={() => void refetch()} />;
  if (!source) return <PageLoading />;
  return (
    <>
      <PageHeader
        title={source.title ?? source.name}
        trail={[
          <Link key="data" to="/data" search={{ tab: "sources" }}>
            {t("Data")}
          </Link>,
        ]}
        actions={
          rights.everywhere("edit", "Data") && (
            <Button
              variant="default"
              leftSection={<IconTableOptions size={16} />}
              renderRoot={(props) => <Link {...props} to="/data/designer" search={{ project, source: name }} />}
            >
              {t("Change the layout")}
            </Button>
          )
        }
      >
        {source.description !== null && <p className={lists["hint"]}>{source.description}</p>}
        <Facts
          row
          facts={[
            { name: t("Place"), value: <span className="pf-mono">{source.path}</span> },
            { name: t("Format"), value: source.format },
            { name: t("Encoding"), value: source.encoding },
            { name: t("Project"), value: source.project },
            { name: t("Used by"), value: source.flows.join(", ") },
            { name: t("Described in"), value: <span className="pf-mono">{source.file}</span> },
          ]}
        />
      </PageHeader>
      <div className={lists["content"]}>
        <ListTable<Field>
          label={t("Fields")}
          rows={source.fields}
          keyOf={(field) => field.name}
          columns={[
            { header: t("Field"), cell: (field) => <b className="pf-mono">{field.name}</b> },
            { header: t("Type"), cell: (field) => field.type, fixed: true },
            { header: t("Format"), cell: (field) => field.format ?? "—", dim: true },
            { header: t("Goes to"), cell: (field) => <Targets project={source.project} field={field} /> },
          ]}
        />
      </div>
    </>
  );
}

function Targets({ project, field }: { project: string; field: Field }) {
  if (field.targets.length === 0) return "—";
  return field.targets.map(({ flow, entity, column }, index) => (
    <Fragment key={`${flow} ${column}`}>
      {index > 0 && ", "}
      <EntityLink project={project} entity={entity} /> <span className="pf-mono">{column}</span>
    </Fragment>
  ));
}
