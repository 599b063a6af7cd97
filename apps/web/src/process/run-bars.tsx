import { Tooltip } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { UiRunSummary } from "../api/dags.ts";
import { elapsedMs } from "../format/duration.ts";
import { useFormat } from "../format/format-provider.tsx";
import { useNow } from "../format/use-now.ts";
import { STATE_LABELS, stateOf } from "../state/state-label.ts";
import { barHeights } from "./bar-heights.ts";
import classes from "./run-bars.module.css";

const SHOWN = 12;
const HEIGHT = 30;

/**
 * The last runs of a process, oldest first: height by duration, colour by state; a click opens the run.
 * For the pointer only: the same runs are links in the process's table of runs, and the newest one stands beside the bars.
 */
export function RunBars({ dagId, runs }: { dagId: string; runs: readonly UiRunSummary[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow();
  const navigate = useNavigate();
  const shown = runs.slice(0, SHOWN).toReversed();
  const durations = shown.map((run) => elapsedMs(run.start_date, run.end_date, now));
  const heights = barHeights(durations, HEIGHT);
  const failed = shown.filter((run) => run.state === "failed").length;
  if (shown.length === 0) return null;
  return (
    <div
      role="img"
      aria-label={`${t("Last {{count}} run", { count: shown.length })}, ${t("failed: {{count}}", { count: failed })}`}
      className={classes["bars"]}
      style={{ height: HEIGHT }}
    >
      {shown.map((run, index) => (
        <Tooltip
          key={run.run_id}
          label={
            <>
              {t(STATE_LABELS[stateOf(run.state)])}
              {" · "}
              {format.shortInstant(run.run_after, now)}
              {durations[index] != null && ` · ${format.duration(durations[index])}`}
            </>
          }
        >
          {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events */}
          <span
            className={classes["bar"]}
            data-state={run.state}
            onClick={(event) => {
              event.preventDefault();
              void navigate({ to: "/dags/$dagId/runs/$runId", params: { dagId, runId: run.run_id } });
            }}
          >
            <span style={{ height: heights[index] }} />
          </span>
        </Tooltip>
      ))}
    </div>
  );
}
