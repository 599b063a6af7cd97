import { Tooltip } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { memo, type MouseEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { UiRunSummary } from "../api/dags.ts";
import { elapsedMs } from "../format/duration.ts";
import { useFormat } from "../format/format-provider.tsx";
import { STATE_LABELS, stateOf } from "../state/state-label.ts";
import { barHeights } from "./bar-heights.ts";
import classes from "./run-bars.module.css";

const SHOWN = 12;
const HEIGHT = 30;

/**
 * The last runs of a process, oldest first: height by duration, colour by state; a click opens the run.
 * For the pointer only: the same runs are links in the process's table of runs, and the newest one stands beside the bars.
 */
export const RunBars = memo(function RunBars({ dagId, runs }: { dagId: string; runs: readonly UiRunSummary[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const [pointed, setPointed] = useState<number | null>(null);
  const shown = runs.slice(0, SHOWN).toReversed();
  const now = Date.now();
  const durations = shown.map((run) => elapsedMs(run.start_date, run.end_date, now));
  const heights = barHeights(durations, HEIGHT);
  const failed = shown.filter((run) => run.state === "failed").length;
  if (shown.length === 0) return null;
  const run = pointed === null ? undefined : shown[pointed];
  const duration = pointed === null ? null : (durations[pointed] ?? null);
  const about = run && [
    t(STATE_LABELS[stateOf(run.state)]),
    format.shortInstant(run.run_after),
    ...(duration === null ? [] : [format.duration(duration)]),
  ];
  const open = (event: MouseEvent) => {
    const target = shown[barOf(event.target) ?? -1];
    if (target) void navigate({ to: "/dags/$dagId/runs/$runId", params: { dagId, runId: target.run_id } });
  };
  return (
    <Tooltip label={about?.join(" · ")} disabled={!about}>
      <div
        role="img"
        aria-label={`${t("Last {{count}} run", { count: shown.length })}, ${t("failed: {{count}}", { count: failed })}`}
        className={classes["bars"]}
        style={{ height: HEIGHT }}
        onMouseOver={(event) => setPointed(barOf(event.target))}
        onMouseLeave={() => setPointed(null)}
        onClick={open}
      >
        {shown.map((one, index) => (
          <span key={one.run_id} className={classes["bar"]} data-bar={index} data-state={one.state}>
            <span style={{ height: heights[index] }} />
          </span>
        ))}
      </div>
    </Tooltip>
  );
});

function barOf(target: EventTarget): number | null {
  const bar = target instanceof Element ? target.closest("[data-bar]") : null;
  return bar instanceof HTMLElement ? Number(bar.dataset["bar"]) : null;
}
