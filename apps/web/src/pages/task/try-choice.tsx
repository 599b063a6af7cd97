import { SegmentedControl } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { RunTask } from "../../api/runs.ts";
import { StateIcon } from "../../state/state-icon.tsx";
import { STATE_LABELS, stateOf } from "../../state/state-label.ts";
import classes from "./try-choice.module.css";

/** The tries of a task, each with its outcome. Not shown for a task that was tried once. */
export function TryChoice({ task, value, choose }: { task: RunTask; value: number; choose: (tryNumber: number) => void }) {
  const { t } = useTranslation();
  if (task.try_number < 2) return null;
  const tries = Array.from({ length: task.try_number }, (_, index) => index + 1);
  return (
    <div className={classes["holder"]}>
      <SegmentedControl
        size="xs"
        aria-label={t("Try")}
        value={String(value)}
        onChange={(next) => choose(Number(next))}
        data={tries.map((number) => {
          const name = number === task.try_number ? task.state : (task.tries.find((one) => one.try_number === number)?.state ?? null);
          const state = stateOf(name);
          return {
            value: String(number),
            label: (
              <span className={classes["try"]}>
                <StateIcon state={state} size={14} />
                {t("Try {{number}}", { number })}
                <span className={classes["state"]}>{t(STATE_LABELS[state])}</span>
              </span>
            ),
          };
        })}
      />
    </div>
  );
}
