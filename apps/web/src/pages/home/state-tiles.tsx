import { useTranslation } from "react-i18next";
import { useFormat } from "../../format/format-provider.tsx";
import { StateIcon } from "../../state/state-icon.tsx";
import { STATE_LABELS, STATE_ORDER, type State } from "../../state/state-label.ts";
import classes from "./home-page.module.css";

/** A number per state; those of `always` are shown even when they are zero. */
export function StateTiles({ counts, always }: { counts: Readonly<Record<string, number>>; always: readonly State[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const shown = STATE_ORDER.filter((state) => always.includes(state) || (counts[state] ?? 0) > 0);
  return (
    <div className={classes["tiles"]}>
      {shown.map((state) => (
        <div key={state} className={classes["tile"]} data-state={(counts[state] ?? 0) > 0 ? state : undefined}>
          <b>{format.number(counts[state] ?? 0)}</b>
          <span className={classes["state"]}>
            <StateIcon state={state} size={15} />
            {t(STATE_LABELS[state])}
          </span>
        </div>
      ))}
    </div>
  );
}
