import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { notifyProblem } from "../ui/notify.ts";
import classes from "./log-view.module.css";

/** Says that the log is longer than what is shown, and reads on towards its beginning. */
export function EarlierLines({ count, show }: { count: number; show: () => Promise<void> }) {
  const { t } = useTranslation();
  const read = useMutation({ mutationFn: show, onError: notifyProblem });
  return (
    <div className={classes["earlier"]}>
      <span>{t("{{count}} earlier line is not shown", { count })}</span>
      <Button size="compact-xs" variant="default" loading={read.isPending} onClick={() => read.mutate()}>
        {t("Show earlier lines")}
      </Button>
    </div>
  );
}
