import { CloseButton, SegmentedControl, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback, useHotkeys } from "@mantine/hooks";
import { IconArrowsSort, IconSearch } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { msgid } from "../../i18n/msgid.ts";
import { STATE_LABELS } from "../../state/state-label.ts";
import classes from "./dags-page.module.css";
import { type DagsSearch, dagsSearch, SORT_ORDERS, type SortOrder } from "./dags-search.ts";

const TYPING_PAUSE_MS = 180;
const RUN_STATES = ["running", "queued", "success", "failed"] as const;
const SORT_LABELS: Readonly<Record<SortOrder, string>> = {
  dag_id: msgid("By name"),
  "-last_run": msgid("By last run"),
  next_run: msgid("By next run"),
};

interface DagsFiltersProps {
  readonly search: DagsSearch;
  readonly change: (part: DagsSearch) => void;
  readonly tags: readonly string[];
  readonly owners: readonly string[];
}

export function DagsFilters({ search, change, tags, owners }: DagsFiltersProps) {
  const { t } = useTranslation();
  const withCurrent = (values: readonly string[], current: string | undefined) =>
    current === undefined || values.includes(current) ? [...values] : [...values, current];
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
        ]}
      />
      <Select
        className={classes["state"] ?? ""}
        aria-label={t("State of the last run")}
        placeholder={t("Last run")}
        clearable
        value={search.state ?? null}
        onChange={(state) => change({ state: dagsSearch({ state }).state })}
        data={RUN_STATES.map((state) => ({ value: state, label: t(STATE_LABELS[state]) }))}
      />
      <Select
        className={classes["choice"] ?? ""}
        aria-label={t("Tag")}
        placeholder={t("Tag")}
        clearable
        searchable
        value={search.tag ?? null}
        onChange={(tag) => change({ tag: tag ?? undefined })}
        data={withCurrent(tags, search.tag)}
      />
      <Select
        className={classes["choice"] ?? ""}
        aria-label={t("Owner")}
        placeholder={t("Owner")}
        clearable
        searchable
        value={search.owner ?? null}
        onChange={(owner) => change({ owner: owner ?? undefined })}
        data={withCurrent(owners, search.owner)}
      />
    </search>
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
