import type { LogLevel } from "@polyflow/contracts";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type AttemptAddress, readWholeLog } from "../api/tasks.ts";
import { PrintedRows } from "../print/printed-rows.tsx";
import { problemText } from "../ui/problem.tsx";
import { EarlierLines } from "./earlier-lines.tsx";
import { findInLog, foldGroups, linesFrom, logText } from "./log-filter.ts";
import { LogLineRow } from "./log-line-row.tsx";
import { LogToolbar, type LogViewOptions } from "./log-toolbar.tsx";
import classes from "./log-view.module.css";
import { useClosedGroups } from "./use-closed-groups.ts";
import { useEarlierLines } from "./use-earlier-lines.ts";
import { useLog } from "./use-log.ts";
import { useLogRows } from "./use-log-rows.ts";

const NEAR_END = 24;
const NO_GROUPS: ReadonlySet<number> = new Set();

/** An attempt's log: streams while it runs, keeps to the end until the reader scrolls up. */
export function LogView({ address }: { address: AttemptAddress }) {
  const { t } = useTranslation();
  const log = useLog(address);
  const scroller = useRef<HTMLDivElement>(null);
  const [level, setLevel] = useState<LogLevel>("debug");
  const [search, setSearch] = useState("");
  const [options, setOptions] = useState<LogViewOptions>({ wrap: true, timestamps: true, follow: true });
  // The line that the reader jumped to, by its number: lines that are found later stand before it.
  const [hitLine, setHitLine] = useState<number | null>(null);
  const [closedGroups, toggleGroup] = useClosedGroups();
  const earlier = useEarlierLines(address, { search, level, until: log.first });
  const readAround = earlier.openAround;
  const shown = useMemo(
    () => foldGroups([...earlier.lines, ...linesFrom(log.lines, level, log.first)], search === "" ? closedGroups : NO_GROUPS),
    [earlier.lines, log.lines, log.first, level, search, closedGroups],
  );
  const found = useMemo(() => findInLog(shown, search), [shown, search]);
  const virtualizer = useLogRows(shown.length, scroller);

  useEffect(() => {
    if (options.follow && shown.length > 0) virtualizer.scrollToIndex(shown.length - 1, { align: "end" });
  }, [shown.length, options.follow, virtualizer]);

  const hit = Math.max(
    0,
    found.findIndex((index) => shown[index]?.number === hitLine),
  );
  // The line whose surroundings were opened stays in the middle of what is seen.
  const [opened, setOpened] = useState<number | null>(null);
  useEffect(() => {
    if (opened === null) return;
    const index = shown.findIndex(({ number }) => number === opened);
    if (index >= 0) virtualizer.scrollToIndex(index, { align: "center" });
    setOpened(null);
  }, [opened, shown, virtualizer]);
  const openAround = useCallback(
    async (number: number) => {
      await readAround(number);
      setHitLine(number);
      setOpened(number);
    },
    [readAround],
  );
  // A new search shows its first line at once; lines that arrive later do not move the reader again.
  const first = found[0];
  const searched = useRef("");
  useEffect(() => {
    if (search === searched.current || (search !== "" && first === undefined)) return;
    searched.current = search;
    if (first === undefined) return;
    setOptions((before) => ({ ...before, follow: false }));
    virtualizer.scrollToIndex(first, { align: "center" });
  }, [search, first, virtualizer]);
  // Rows measured on the way move the scroll position too; only a wheel, a touch, a key or the scrollbar is the reader's.
  const isScrolledByReader = useRef(false);
  const readerScrolls = () => {
    isScrolledByReader.current = true;
    window.setTimeout(() => {
      isScrolledByReader.current = false;
    }, 400);
  };
  const jump = (step: number) => {
    if (found.length === 0) return;
    const next = (hit + step + found.length) % found.length;
    setHitLine(shown[found[next] ?? 0]?.number ?? null);
    setOptions((before) => ({ ...before, follow: false }));
    virtualizer.scrollToIndex(found[next] ?? 0, { align: "center" });
  };
  const onScroll = () => {
    const element = scroller.current;
    if (!element) return;
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END;
    if (!atEnd && options.follow && isScrolledByReader.current) setOptions((before) => ({ ...before, follow: false }));
    if (atEnd && !options.follow && isScrolledByReader.current) setOptions((before) => ({ ...before, follow: true }));
  };
  const current = found[hit];
  return (
    <div className={classes["box"]}>
      <LogToolbar
        level={level}
        setLevel={setLevel}
        search={search}
        setSearch={(text) => {
          setSearch(text);
          setHitLine(null);
        }}
        found={{ count: found.length, current: found.length === 0 ? 0 : hit + 1 }}
        jump={jump}
        options={options}
        setOptions={setOptions}
        text={() => (log.first > 0 ? readWholeLog(address) : Promise.resolve(logText(log.lines)))}
        fileName={`${address.dagId}.${address.taskId}.try${address.tryNumber}.log`}
      />
      {log.problem !== null && (
        <p role="alert" className={classes["problem"]}>
          {problemText(log.problem, t)}
        </p>
      )}
      {log.first > 0 && <EarlierLines count={log.first} show={log.showEarlier} found={earlier} />}
      <div
        ref={scroller}
        role="log"
        aria-label={t("Log")}
        aria-busy={!log.complete}
        // A region that scrolls must be reachable by keyboard.
        tabIndex={0}
        className={classes["lines"]}
        data-wrap={options.wrap}
        onScroll={onScroll}
        onWheel={readerScrolls}
        onTouchMove={readerScrolls}
        onKeyDown={readerScrolls}
        onPointerDown={readerScrolls}
      >
        <PrintedRows count={shown.length} last />
        <div data-print-rows="" style={{ height: virtualizer.getTotalSize(), position: "relative" }}>
          {virtualizer.getVirtualItems().map((item) => {
            const numbered = shown[item.index];
            return (
              numbered && (
                <div
                  key={item.key}
                  ref={virtualizer.measureElement}
                  data-index={item.index}
                  data-log-line={numbered.number}
                  data-level={numbered.line.level}
                  data-current={item.index === current}
                  className={classes["line"]}
                  style={{ transform: `translateY(${item.start}px)` }}
                >
                  <LogLineRow
                    numbered={numbered}
                    search={search}
                    timestamps={options.timestamps}
                    closed={closedGroups.has(numbered.number)}
                    toggleGroup={toggleGroup}
                    openAround={numbered.number <= log.first ? openAround : undefined}
                  />
                </div>
              )
            );
          })}
        </div>
        {log.lines.length === 0 && !log.loading && (
          <p className={classes["empty"]}>
            {log.complete ? t("The log is empty.") : t("No lines yet. They appear here as soon as the task writes them.")}
          </p>
        )}
      </div>
    </div>
  );
}
