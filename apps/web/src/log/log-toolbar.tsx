import { ActionIcon, CloseButton, Select, TextInput, Tooltip } from "@mantine/core";
import {
  IconArrowDown,
  IconArrowUp,
  IconArrowBarToDown,
  IconClock,
  IconCopy,
  IconDownload,
  IconSearch,
  IconTextWrap,
} from "@tabler/icons-react";
import type { LogLevel } from "@polyflow/contracts";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { msgid } from "../i18n/msgid.ts";
import { copyText, download } from "../ui/download.ts";
import { notifyDone, notifyProblem } from "../ui/notify.ts";
import { LEVELS } from "./log-filter.ts";
import classes from "./log-view.module.css";

export interface LogViewOptions {
  readonly wrap: boolean;
  readonly timestamps: boolean;
  readonly follow: boolean;
}

interface LogToolbarProps {
  readonly level: LogLevel;
  readonly setLevel: (level: LogLevel) => void;
  readonly search: string;
  readonly setSearch: (text: string) => void;
  readonly found: { readonly count: number; readonly current: number };
  /** To the next (1) or the previous (-1) line found. */
  readonly jump: (step: number) => void;
  readonly options: LogViewOptions;
  readonly setOptions: (change: (before: LogViewOptions) => LogViewOptions) => void;
  readonly text: () => Promise<string>;
  readonly fileName: string;
}

const LEVEL_CHOICES: Readonly<Record<LogLevel, string>> = {
  debug: msgid("All levels"),
  info: msgid("Info and above"),
  warning: msgid("Warnings and above"),
  error: msgid("Errors"),
  critical: msgid("Critical only"),
};

export function LogToolbar({ level, setLevel, search, setSearch, found, jump, options, setOptions, text, fileName }: LogToolbarProps) {
  const { t } = useTranslation();
  const toggle = (name: keyof LogViewOptions) => setOptions((before) => ({ ...before, [name]: !before[name] }));
  return (
    <div className={classes["toolbar"]} role="toolbar" aria-label={t("Log tools")}>
      <Select
        size="xs"
        w={170}
        aria-label={t("Level")}
        allowDeselect={false}
        value={level}
        onChange={(next) => setLevel(LEVELS.find((one) => one === next) ?? "debug")}
        data={LEVELS.map((one) => ({ value: one, label: t(LEVEL_CHOICES[one]) }))}
      />
      <TextInput
        size="xs"
        type="search"
        className={classes["search"] ?? ""}
        aria-label={t("Search in the log")}
        placeholder={t("Search in the log")}
        leftSection={<IconSearch size={14} />}
        rightSection={search !== "" && <CloseButton size="xs" aria-label={t("Clear the search")} onClick={() => setSearch("")} />}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") jump(event.shiftKey ? -1 : 1);
        }}
      />
      {search !== "" && (
        <span className={classes["found"]} role="status">
          {t("{{current}} of {{count}} found", { current: found.current, count: found.count })}
        </span>
      )}
      {search !== "" && (
        <>
          <Tool label={t("Previous line found")} act={() => jump(-1)}>
            <IconArrowUp size={16} />
          </Tool>
          <Tool label={t("Next line found")} act={() => jump(1)}>
            <IconArrowDown size={16} />
          </Tool>
        </>
      )}
      <span className={classes["gap"]} />
      <Tool label={t("Follow the end")} pressed={options.follow} act={() => toggle("follow")}>
        <IconArrowBarToDown size={16} />
      </Tool>
      <Tool label={t("Wrap long lines")} pressed={options.wrap} act={() => toggle("wrap")}>
        <IconTextWrap size={16} />
      </Tool>
      <Tool label={t("Show times")} pressed={options.timestamps} act={() => toggle("timestamps")}>
        <IconClock size={16} />
      </Tool>
      <Tool
        label={t("Copy the log")}
        act={() =>
          text()
            .then(copyText)
            .then(() => notifyDone(t("Copied")), notifyProblem)
        }
      >
        <IconCopy size={16} />
      </Tool>
      <Tool label={t("Download the log")} act={() => text().then((whole) => download(fileName, whole, "text/plain"), notifyProblem)}>
        <IconDownload size={16} />
      </Tool>
    </div>
  );
}

function Tool({ label, pressed, act, children }: { label: string; pressed?: boolean; act: () => unknown; children: ReactNode }) {
  return (
    <Tooltip label={label}>
      <ActionIcon
        size={30}
        variant={pressed === true ? "light" : "subtle"}
        color={pressed === true ? "iris" : "gray"}
        aria-label={label}
        aria-pressed={pressed}
        onClick={() => void act()}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  );
}
