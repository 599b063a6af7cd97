import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "./bar-chart.module.css";

/** One bar: a value, how it is coloured, what is said about it. */
export interface ChartBar {
  readonly key: string;
  /** Null: nothing to show at this place. */
  readonly value: number | null;
  readonly state: string;
  /** In full, for the caption and for screen readers. */
  readonly label: string;
  readonly open?: () => void;
}

interface BarChartProps {
  readonly title: string;
  readonly bars: readonly ChartBar[];
  /** A value as people read it. */
  readonly format: (value: number) => string;
  readonly height?: number;
}

const WIDTH = 1000;
const FEWEST_SLOTS = 30;

/** Bars over time with a scale; the bar under the pointer is told below, and all of them in a table for those who do not see. */
export function BarChart({ title, bars, format, height = 150 }: BarChartProps) {
  const { t } = useTranslation();
  const id = useId();
  const [pointed, setPointed] = useState<number | null>(null);
  const values = bars.map((bar) => bar.value).filter((value) => value !== null);
  const top = Math.max(1, ...values);
  const middle = median(values);
  // A few bars stand at the right, where the newest always are, instead of filling the width.
  const step = WIDTH / Math.max(FEWEST_SLOTS, bars.length);
  const start = WIDTH - bars.length * step;
  const shown = pointed === null ? undefined : bars[pointed];
  return (
    <figure className={classes["figure"]} aria-labelledby={id}>
      <figcaption className={classes["head"]}>
        <h2 id={id} className={classes["title"]}>
          {title}
        </h2>
        <span className={classes["caption"]}>
          {shown
            ? shown.label
            : middle === undefined
              ? ""
              : t("median {{value}}, most {{most}}", { value: format(middle), most: format(top) })}
        </span>
      </figcaption>
      {values.length === 0 ? (
        <p className={classes["none"]}>{t("Nothing to show yet")}</p>
      ) : (
        <svg
          className={classes["chart"]}
          viewBox={`0 0 ${WIDTH} ${height}`}
          preserveAspectRatio="none"
          style={{ height }}
          aria-hidden
          onMouseLeave={() => setPointed(null)}
        >
          {middle !== undefined && (
            <line
              className={classes["median"]}
              x1={0}
              x2={WIDTH}
              y1={height - (middle / top) * (height - 6)}
              y2={height - (middle / top) * (height - 6)}
            />
          )}
          {bars.map((bar, index) => {
            const size = bar.value === null ? 0 : Math.max(2, (bar.value / top) * (height - 6));
            return (
              <g key={bar.key} onMouseEnter={() => setPointed(index)} onClick={bar.open} className={classes["slot"]} data-state={bar.state}>
                <rect className={classes["hit"]} x={start + index * step} y={0} width={step} height={height} />
                <rect
                  className={classes["bar"]}
                  x={start + index * step + step * 0.12}
                  y={height - size}
                  width={step * 0.76}
                  height={size}
                />
              </g>
            );
          })}
        </svg>
      )}
      <div className={classes["hidden"]}>
        <ul aria-label={title}>
          {bars
            .filter((bar) => bar.value !== null)
            .map((bar) => (
              <li key={bar.key}>{bar.label}</li>
            ))}
        </ul>
      </div>
    </figure>
  );
}

function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
