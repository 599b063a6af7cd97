import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import Anser from "anser";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../format/format-provider.tsx";
import { notifyProblem } from "../ui/notify.ts";
import { LEVEL_LABELS } from "./level-labels.ts";
import { groupName, type NumberedLine, splitAt } from "./log-filter.ts";
import classes from "./log-view.module.css";

interface LogLineRowProps {
  readonly numbered: NumberedLine;
  readonly search: string;
  readonly timestamps: boolean;
  /** Of a line that opens a group: whether what follows is hidden. */
  readonly closed: boolean;
  readonly toggleGroup: (number: number) => void;
  /** Shows the lines around this one, where they are not here. */
  readonly openAround?: ((number: number) => Promise<void>) | undefined;
}

/** One line: number, time, level where it matters, message in its terminal colours. */
export const LogLineRow = memo(function LogLineRow({ numbered, search, timestamps, closed, toggleGroup, openAround }: LogLineRowProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { line, number } = numbered;
  const group = groupName(line);
  return (
    <>
      {openAround ? (
        <button
          type="button"
          className={classes["number"]}
          aria-label={t("Show the lines around line {{number}}", { number })}
          title={t("Show the lines around line {{number}}", { number })}
          onClick={() => openAround(number).catch(notifyProblem)}
        >
          {number}
        </button>
      ) : (
        <span className={classes["number"]} aria-hidden>
          {number}
        </span>
      )}
      {timestamps && (
        <time className={classes["time"]} dateTime={line.at} title={format.instant(line.at)}>
          {format.clock(line.at)}
        </time>
      )}
      <span className={classes["level"]} data-level={line.level}>
        {t(LEVEL_LABELS[line.level])}
      </span>
      <span className={classes["message"]} data-source={line.source}>
        {group === null ? (
          <Message text={line.message} search={search} />
        ) : (
          <button type="button" className={classes["group"]} aria-expanded={!closed} onClick={() => toggleGroup(number)}>
            {closed ? <IconChevronRight size={14} aria-hidden /> : <IconChevronDown size={14} aria-hidden />}
            <Message text={group} search={search} />
          </button>
        )}
      </span>
    </>
  );
});

function Message({ text, search }: { text: string; search: string }) {
  return Anser.ansiToJson(text, { use_classes: true, remove_empty: true }).map((piece, index) => {
    const colors = [piece.fg, ...piece.decorations.map((one) => `ansi-${one}`)].filter(Boolean).join(" ");
    return (
      <span key={index} className={colors}>
        {splitAt(piece.content, search).map((part, at) => (part.found ? <mark key={at}>{part.text}</mark> : part.text))}
      </span>
    );
  });
}
