import { CloseButton, MultiSelect, SegmentedControl, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback, useHotkeys } from "@mantine/hooks";
import { IconArrowsSort, IconSearch } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { UiDagFacets } from "../../api/dags.ts";
import { useFormat } from "../../format/format-provider.tsx";
import { msgid } from "../../i18n/msgid.ts";
import { STATE_LABELS } from "../../state/state-label.ts";
import classes from "./dags-page.module.css";
import { type DagsSearch, dagsSearch, LIST_STATES, SORT_ORDERS, type SortOrder, tagsOf } from "./dags-search.ts";

const TYPING_PAUSE_MS = 180;
const SORT_LABELS: Readonly<Record<SortOrder, string>> = {
  dag_id: msgid("By name"),
  "-dag_id": msgid("By name, from the end"),
  "-last_run": msgid("By last run"),
  last_run: msgid("By last run, oldest first"),
  next_run: msgid("By next run"),
  "-next_run": msgid("By next run, latest first"),
};

interface DagsFiltersProps {
  readonly search: DagsSearch;
  readonly change: (part: DagsSearch) => void;
  /** What there is to choose from; undefined until the server has answered. */
  readonly facets: UiDagFacets | undefined;
}

export function DagsFilters({ search, change, facets }: DagsFiltersProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const withCurrent = (values: readonly string[] = [], current: readonly string[] = []) => [
    ...values,
    ...current.filter((value) => !values.includes(value)),
  ];
  const counted = (label: string, count: number | undefined) => (count === undefined ? label : `${label} · ${format.number(count)}`);
  const tags = [...tagsOf(search)];
  return (
    <search className={classes["filters"]}>
      <SearchBox value={search.q ?? ""} change={(q) => change({ q: q === "" ? undefined : q })} />
      <SegmentedControl
        size="xs"
        aria-label={t("Shown processes")}
        value={search.show ?? "all"}
        onChange={(show) => change({ show: dagsSearch({ show }).show })}
        data={[
          { value: "all", label: t("All", { context: "processes" }) },
          { value: "active", label: t("On", { context: "processes" }) },
          { value: "paused", label: t("Paused", { context: "processes" }) },
          { value: "favourite", label: t("Favourites") },
        ]}
      />
      <Select
        className={classes["state"] ?? ""}
        aria-label={t("State of the last run")}
        placeholder={t("Last run")}
        clearable
        value={search.state ?? null}
        onChange={(state) => change({ state: dagsSearch({ state }).state })}
        data={LIST_STATES.map((state) => ({
          value: state,
          label: counted(state === "none" ? t("Never run") : t(STATE_LABELS[state]), facets?.states[state]),
        }))}
      />
      <MultiSelect
        className={classes["tagChoice"] ?? ""}
        aria-label={t("Tag")}
        placeholder={tags.length === 0 ? t("Tag") : ""}
        clearable
        searchable
        limit={200}
        value={tags}
        onChange={(chosen) => change({ tag: chosen.length === 0 ? undefined : chosen.join(",") })}
        data={withCurrent(facets?.tags, tags)}
      />
      <Choice label={t("Owner")} value={search.owner} choose={(owner) => change({ owner })} options={withCurrent(facets?.owners)} />
      {(search.project !== undefined || (facets?.projects.length ?? 0) > 1) && (
        <Choice
          label={t("Project")}
          value={search.project}
          choose={(project) => change({ project })}
          options={withCurrent(facets?.projects)}
        />
      )}
    </search>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly choose: (value: string | undefined) => void;
  readonly options: readonly string[];
}

function Choice({ label, value, choose, options }: ChoiceProps) {
  return (
    <Select
      className={classes["choice"] ?? ""}
      aria-label={label}
      placeholder={label}
      clearable
      searchable
      limit={200}
      value={value ?? null}
      onChange={(next) => choose(next ?? undefined)}
      data={value === undefined || options.includes(value) ? [...options] : [...options, value]}
    />
  );
}

/** In which order the processes stand. */
export function DagsOrder({ search, change }: Pick<DagsFiltersProps, "search" | "change">) {
  const { t } = useTranslation();
  return (
    <Select
      className={classes["order"] ?? ""}
      aria-label={t("Order")}
      allowDeselect={false}
      leftSection={<IconArrowsSort size={16} />}
      value={search.sort ?? "dag_id"}
      onChange={(sort) => change({ sort: dagsSearch({ sort }).sort })}
      data={SORT_ORDERS.map((order) => ({ value: order, label: t(SORT_LABELS[order]) }))}
    />
  );
}

/** Searches while typing, after a short pause; `/` puts the cursor here. */
function SearchBox({ value, change }: { value: string; change: (text: string) => void }) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  const changeSoon = useDebouncedCallback(change, TYPING_PAUSE_MS);
  useHotkeys([["/", () => input.current?.focus()]]);
  // The address may change by itself: back button, a link with a filter.
  useEffect(() => setText(value), [value]);
  const type = (next: string) => {
    setText(next);
    changeSoon(next);
  };
  return (
    <TextInput
      ref={input}
      type="search"
      className={classes["search"] ?? ""}
      aria-label={t("Search processes")}
      placeholder={t("Search by name or id")}
      leftSection={<IconSearch size={16} />}
      rightSection={text !== "" && <CloseButton size="sm" aria-label={t("Clear the search")} onClick={() => type("")} />}
      value={text}
      onChange={(event) => type(event.currentTarget.value)}
    />
  );
}
