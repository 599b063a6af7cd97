import { useTranslation } from "react-i18next";
import { useFormat } from "../../format/format-provider.tsx";
import { Markdown } from "../../markdown/markdown.tsx";
import { Tags } from "../../process/tags.tsx";
import { ScheduleText } from "../../process/schedule-text.tsx";
import { Card } from "../../ui/card.tsx";
import { Facts, JsonText } from "../../ui/facts.tsx";
import { When } from "../../ui/when.tsx";
import type { DagTabProps } from "./dag-tab-props.ts";

/** All that is known of a process beyond its graph. */
export function DetailsTab({ dag }: DagTabProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const hasParams = Object.keys(dag.params["properties"] ?? {}).length > 0;
  return (
    <>
      {dag.doc_md && (
        <Card title={t("Documentation")}>
          <Markdown source={dag.doc_md} />
        </Card>
      )}
      <Card title={t("Properties")}>
        <Facts
          facts={[
            { name: t("Id"), value: <span className="pf-mono">{dag.dag_id}</span> },
            { name: t("File"), value: <span className="pf-mono">{dag.file}</span> },
            { name: t("Version"), value: format.number(dag.version_number) },
            { name: t("Tasks"), value: format.number(dag.task_count) },
            { name: t("Owners and tags"), value: <Tags owners={dag.owners} tags={dag.tags} /> },
            { name: t("Schedule"), value: <ScheduleText dag={dag} /> },
            { name: t("Expression"), value: dag.schedule && <span className="pf-mono">{dag.schedule}</span> },
            { name: t("Time zone"), value: dag.timezone },
            { name: t("Next runs"), value: dag.next_runs.length > 0 && <NextRuns instants={dag.next_runs} isPaused={dag.is_paused} /> },
          ]}
        />
      </Card>
      {hasParams && (
        <Card title={t("Parameters")}>
          <JsonText value={dag.params} />
        </Card>
      )}
    </>
  );
}

function NextRuns({ instants, isPaused }: { instants: readonly string[]; isPaused: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      {isPaused && <div>{t("If the process were switched on:")}</div>}
      <ol style={{ margin: 0, paddingInlineStart: 18 }}>
        {instants.map((at) => (
          <li key={at}>
            {format.instant(at)} (<When at={at} />)
          </li>
        ))}
      </ol>
    </>
  );
}
