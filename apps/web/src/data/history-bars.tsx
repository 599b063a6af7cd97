import { Tooltip } from "@mantine/core";
import classes from "./data.module.css";

export interface HistoryBar {
  readonly key: string;
  readonly value: number;
  /** What the bar says in words. */
  readonly label: string;
  readonly state: string;
}

/** Values over time, oldest at the left; each bar says its value on hover and to screen readers. */
export function HistoryBars({ label, bars }: { label: string; bars: readonly HistoryBar[] }) {
  const most = Math.max(1, ...bars.map((bar) => bar.value));
  return (
    <ul className={classes["bars"]} aria-label={label}>
      {bars.map((bar) => (
        <Tooltip key={bar.key} label={bar.label}>
          <li data-state={bar.state}>
            <div style={{ height: `${Math.max(4, (100 * bar.value) / most)}%` }} />
            <span className={classes["unseen"]}>{bar.label}</span>
          </li>
        </Tooltip>
      ))}
    </ul>
  );
}
