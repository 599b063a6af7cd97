import { Select } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { UiDag } from "../../api/dags.ts";
import { useFormat } from "../../format/format-provider.tsx";
import { STATE_LABELS, stateOf } from "../../state/state-label.ts";

interface RunChoiceProps {
  readonly dag: UiDag;
  readonly value: string;
  readonly choose: (run: string | undefined) => void;
}

/** Which of the recent runs a view shows. */
export function RunChoice({ dag, value, choose }: RunChoiceProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const newest = dag.recent_runs[0]?.run_id;
  const options = dag.recent_runs.map((run) => ({
    value: run.run_id,
    label: `${format.shortInstant(run.run_after)} · ${t(STATE_LABELS[stateOf(run.state)])}`,
  }));
  const listed = options.some((option) => option.value === value) ? options : [{ value, label: value }, ...options];
  return (
    <Select
      aria-label={t("Run")}
      w={280}
      allowDeselect={false}
      value={value}
      data={listed}
      // The newest run is followed: the next one takes its place by itself.
      onChange={(run) => choose(run === newest || run === null ? undefined : run)}
    />
  );
}
