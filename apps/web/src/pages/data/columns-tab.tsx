import type { UiDataEntity } from "@polyflow/contracts/wire";
import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { DataColumn } from "../../api/data.ts";
import classes from "../../data/data.module.css";
import { SourceLink } from "../../data/links.tsx";
import { ProfileSummary } from "../../data/profile-summary.tsx";
import { ListTable } from "../../lists/list-table.tsx";

/** Columns with type, description, origin and what their values look like. */
export function ColumnsTab({ entity }: { entity: UiDataEntity }) {
  const { t } = useTranslation();
  return (
    <ListTable<DataColumn>
      label={t("Columns")}
      rows={entity.columns}
      keyOf={(column) => column.column}
      columns={[
        { header: t("Column"), cell: (column) => <Name column={column} /> },
        { header: t("Type"), cell: (column) => <span className="pf-mono">{column.type}</span>, fixed: true },
        { header: t("Description"), cell: (column) => column.description ?? "—", dim: true },
        { header: t("Comes from"), cell: (column) => <Origin project={entity.project} column={column} /> },
        { header: t("Values"), cell: (column) => (column.profile === null ? "—" : <ProfileSummary profile={column.profile} />) },
      ]}
    />
  );
}

function Name({ column }: { column: DataColumn }) {
  const { t } = useTranslation();
  const marks = [column.is_key && t("key"), column.is_required && t("required"), column.is_unique && t("unique")].filter(Boolean);
  return (
    <span className={classes["name"]}>
      <b className="pf-mono">{column.column}</b>
      <span className={classes["tags"]}>
        {marks.map((mark) => (
          <Badge key={String(mark)} variant="default" size="sm" tt="none">
            {mark}
          </Badge>
        ))}
      </span>
    </span>
  );
}

function Origin({ project, column }: { project: string; column: DataColumn }) {
  if (column.sources.length === 0) return "—";
  return (
    <span className={classes["name"]}>
      {column.sources.map(({ flow, source, field }) => (
        <span key={`${flow} ${field}`}>
          <SourceLink project={project} source={source} /> <span className="pf-mono">{field}</span>
        </span>
      ))}
    </span>
  );
}
