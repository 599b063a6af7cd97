import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { notifyProblem } from "../ui/notify.ts";
import { problemText } from "../ui/problem.tsx";
import classes from "./log-view.module.css";
import type { EarlierFound } from "./use-earlier-lines.ts";

interface EarlierLinesProps {
  readonly count: number;
  readonly show: () => Promise<void>;
  readonly found: EarlierFound;
}

/** Says that the log is longer than what is shown, how far it was searched, and reads on towards its beginning. */
export function EarlierLines({ count, show, found }: EarlierLinesProps) {
  const { t } = useTranslation();
  const read = useMutation({ mutationFn: show, onError: notifyProblem });
  const { scanned, done, lines, problem } = found;
  return (
    <div className={classes["earlier"]}>
      <span role="status">
        {problem !== null
          ? problemText(problem, t)
          : scanned === null
            ? t("{{count}} earlier line is not shown", { count })
            : done && scanned < count
              ? t("Only the first {{count}} line found is shown", { count: lines.length })
              : done
                ? t("{{count}} line found in the earlier part", { count: lines.length })
                : t("Searching the earlier lines: {{percent}} %", { percent: Math.floor((100 * scanned) / count) })}
      </span>
      <Button size="compact-xs" variant="default" loading={read.isPending} onClick={() => read.mutate()}>
        {t("Show earlier lines")}
      </Button>
    </div>
  );
}
