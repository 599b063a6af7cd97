import { Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useFormat } from "../format/format-provider.tsx";
import classes from "./state.module.css";
import { StateIcon } from "./state-icon.tsx";
import { STATE_LABELS, STATE_ORDER } from "./state-label.ts";

/** How many tasks are in which state; states without any are left out. */
export function StateCounts({ counts }: { counts: Readonly<Record<string, number>> }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <span className={classes["counts"]}>
      {STATE_ORDER.filter((state) => (counts[state] ?? 0) > 0).map((state) => (
        <Tooltip key={state} label={t(STATE_LABELS[state])}>
          <span className={classes["count"]} data-state={state} role="img" aria-label={`${t(STATE_LABELS[state])}: ${counts[state]}`}>
            <StateIcon state={state} size={13} />
            {format.number(counts[state] ?? 0)}
          </span>
        </Tooltip>
      ))}
    </span>
  );
}
