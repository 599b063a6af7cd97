import { Button, CloseButton, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconFilterOff } from "@tabler/icons-react";
import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { isNarrowed, type ListParam, type ListSearch } from "./list-search.ts";
import classes from "./lists.module.css";

const TYPING_PAUSE_MS = 250;

interface FilterProps {
  readonly name: ListParam;
  readonly label: string;
  readonly search: ListSearch;
  readonly change: (part: ListSearch) => void;
}

/** The row of filters above a list, with a way to drop them all. */
export function ListFilters({ search, change, children }: Pick<FilterProps, "search" | "change"> & { readonly children: ReactNode }) {
  const { t } = useTranslation();
  const drop = () => change(Object.fromEntries(Object.keys(search).map((name) => [name, undefined])));
  return (
    <search className={classes["filters"]}>
      {children}
      {isNarrowed(search) && (
        <Button variant="subtle" leftSection={<IconFilterOff size={16} />} onClick={drop}>
          {t("Drop filters")}
        </Button>
      )}
    </search>
  );
}

/** Filters while typing, after a short pause. */
export function TextFilter({ name, label, search, change }: FilterProps) {
  const { t } = useTranslation();
  const value = search[name] ?? "";
  const [text, setText] = useState(value);
  const changeSoon = useDebouncedCallback((next: string) => change({ [name]: next.trim() || undefined }), TYPING_PAUSE_MS);
  useEffect(() => setText(value), [value]);
  const type = (next: string) => {
    setText(next);
    changeSoon(next);
  };
  return (
    <TextInput
      className={classes["text"] ?? ""}
      aria-label={label}
      placeholder={label}
      value={text}
      onChange={(event) => type(event.currentTarget.value)}
      rightSection={text !== "" && <CloseButton size="sm" aria-label={t("Clear {{label}}", { label })} onClick={() => type("")} />}
    />
  );
}

export function ChoiceFilter({
  name,
  label,
  search,
  change,
  choices,
}: FilterProps & { readonly choices: readonly { readonly value: string; readonly label: string }[] }) {
  return (
    <Select
      className={classes["choice"] ?? ""}
      aria-label={label}
      placeholder={label}
      clearable
      searchable={choices.length > 8}
      value={search[name] ?? null}
      onChange={(value) => change({ [name]: value ?? undefined })}
      data={[...choices]}
    />
  );
}

/** A day; the browser shows its own calendar. */
export function DayFilter({ name, label, search, change }: FilterProps) {
  return (
    <TextInput
      type="date"
      className={classes["day"] ?? ""}
      label={label}
      classNames={{ label: classes["dayLabel"] ?? "", root: classes["dayRoot"] ?? "" }}
      value={search[name] ?? ""}
      onChange={(event) => change({ [name]: event.currentTarget.value || undefined })}
    />
  );
}
