import type { UiDataLineage } from "@polyflow/contracts/wire";
import { Button, SegmentedControl, Select, Switch } from "@mantine/core";
import { IconArrowsMaximize, IconSearch } from "@tabler/icons-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import lists from "../../../lists/lists.module.css";
import { LINEAGE_STEPS, type LineageSearch } from "./lineage-search.ts";

interface LineageToolbarProps {
  readonly lineage: UiDataLineage;
  readonly search: LineageSearch;
  readonly change: (part: LineageSearch) => void;
  /** Somebody has chosen it from the list. */
  readonly find: (node: string, column: string | undefined) => void;
}

/** Search over tables and columns, steps around a node, and how the whole is shown. */
export function LineageToolbar({ lineage, search, change, find }: LineageToolbarProps) {
  const { t } = useTranslation();
  const options = useMemo(() => searchOptions(lineage), [lineage]);
  const isNarrow = search.node !== undefined && (search.up !== undefined || search.down !== undefined);
  const isPart = isNarrow || search.column !== undefined;
  const wordOf = (count: number) => (count === LINEAGE_STEPS.at(-1) ? t("all") : String(count));
  return (
    <search className={lists["filters"]}>
      <Select
        w={280}
        searchable
        clearable
        limit={60}
        aria-label={t("Find a table or a column")}
        placeholder={t("Find a table or a column")}
        leftSection={<IconSearch size={16} />}
        data={options}
        value={null}
        onChange={(value) => {
          const [node, column] = value?.split("\n") ?? [];
          if (node !== undefined) find(node, column);
        }}
        nothingFoundMessage={t("Nothing found")}
      />
      {isNarrow && search.column === undefined && (
        <>
          <Select
            w={170}
            aria-label={t("Steps back")}
            data={LINEAGE_STEPS.map((count) => ({ value: String(count), label: t("Steps back: {{steps}}", { steps: wordOf(count) }) }))}
            value={String(search.up ?? 0)}
            allowDeselect={false}
            onChange={(value) => change({ up: Number(value) })}
          />
          <Select
            w={170}
            aria-label={t("Steps on")}
            data={LINEAGE_STEPS.map((count) => ({ value: String(count), label: t("Steps on: {{steps}}", { steps: wordOf(count) }) }))}
            value={String(search.down ?? 0)}
            allowDeselect={false}
            onChange={(value) => change({ down: Number(value) })}
          />
        </>
      )}
      {isPart && (
        <Button
          variant="default"
          leftSection={<IconArrowsMaximize size={16} />}
          onClick={() => change({ column: undefined, up: undefined, down: undefined })}
        >
          {t("Show everything")}
        </Button>
      )}
      {search.column === undefined && (
        <Switch
          label={t("Processes")}
          checked={search.processes !== "off"}
          onChange={(event) => change({ processes: event.currentTarget.checked ? undefined : "off" })}
        />
      )}
      <SegmentedControl
        aria-label={t("View")}
        value={search.view ?? "graph"}
        onChange={(view) => change({ view: view === "table" ? "table" : undefined })}
        data={[
          { value: "graph", label: t("Graph") },
          { value: "table", label: t("Table") },
        ]}
      />
    </search>
  );
}

function searchOptions({ nodes }: UiDataLineage) {
  const tables = nodes.filter(({ kind }) => kind !== "process");
  return [
    ...tables.map(({ id, title, name, detail }) => ({ value: id, label: [title ?? name, detail ?? name].join(" · ") })),
    ...tables.flatMap(({ id, title, name, columns }) =>
      columns.map((column) => ({ value: `${id}\n${column}`, label: `${column} · ${title ?? name}` })),
    ),
  ];
}
