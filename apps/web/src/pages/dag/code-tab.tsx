import { Group, Select, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { sourceQuery, versionsQuery } from "../../api/dags.ts";
import { CodeView } from "../../code/code-view.tsx";
import { DiffView } from "../../code/diff-view.tsx";
import { useFormat } from "../../format/format-provider.tsx";
import { Problem } from "../../ui/problem.tsx";
import type { DagTabProps } from "./dag-tab-props.ts";

/** The file of the process, of any stored version, and what changed between two of them. */
export function CodeTab({ dag, search, change }: DagTabProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const version = search.version ?? dag.version_number;
  const versions = useQuery(versionsQuery(dag.dag_id));
  const source = useQuery(sourceQuery(dag.dag_id, version));
  const compared = search.compare !== undefined && search.compare !== version;
  const other = useQuery({ ...sourceQuery(dag.dag_id, search.compare ?? version), enabled: compared });
  const options = (versions.data?.dag_versions ?? []).map((one) => ({
    value: String(one.version_number),
    label: t("Version {{version}} of {{date}}", { version: one.version_number, date: format.shortInstant(one.created_at) }),
  }));
  return (
    <>
      <Group gap="md">
        <Select
          aria-label={t("Version")}
          w={280}
          allowDeselect={false}
          value={String(version)}
          data={
            options.some((option) => option.value === String(version))
              ? options
              : [{ value: String(version), label: String(version) }, ...options]
          }
          onChange={(next) => change({ version: next === null || Number(next) === dag.version_number ? undefined : Number(next) })}
        />
        <Select
          aria-label={t("Compare with")}
          placeholder={t("Compare with")}
          w={280}
          clearable
          value={search.compare === undefined ? null : String(search.compare)}
          data={options.filter((option) => option.value !== String(version))}
          onChange={(next) => change({ compare: next === null ? undefined : Number(next) })}
        />
        <span className="pf-mono">{dag.file}</span>
      </Group>
      {source.error && !source.data ? (
        <Problem error={source.error} retry={() => void source.refetch()} />
      ) : source.data && other.data && compared ? (
        <DiffView
          before={other.data.content}
          after={source.data.content}
          label={t("Changes from version {{from}} to {{to}}", { from: search.compare, to: version })}
        />
      ) : source.data ? (
        <CodeView source={source.data.content} label={t("Code of {{file}}", { file: dag.file })} />
      ) : (
        <Skeleton height={320} />
      )}
    </>
  );
}
