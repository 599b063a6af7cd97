import { IconCircleCheck, IconHourglass } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { waitingQuery } from "../api/task-actions.ts";
import { useFormat } from "../format/format-provider.tsx";
import { Card } from "../ui/card.tsx";
import { Problem } from "../ui/problem.tsx";
import { GATE_NAMES, gateText } from "./gate-text.ts";
import classes from "./waiting-card.module.css";

interface WaitingCardProps {
  readonly address: { readonly dagId: string; readonly runId: string; readonly taskId: string; readonly mapIndex: number };
}

/** Everything that a task has to get past before it runs; what holds it back stands first. */
export function WaitingCard({ address }: WaitingCardProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { data, error, refetch } = useQuery(waitingQuery(address));
  if (error && !data) return <Problem error={error} retry={() => void refetch()} />;
  if (!data) return null;
  const holding = data.gates.filter((gate) => !gate.passed);
  const passed = data.gates.filter((gate) => gate.passed);
  return (
    <Card title={holding.length === 0 ? t("Nothing holds the task back") : t("Why the task waits")}>
      <ul className={classes["gates"]}>
        {[...holding, ...passed].map(({ gate, passed: isPassed, reason }) => {
          const name = GATE_NAMES[gate];
          const Icon = isPassed ? IconCircleCheck : IconHourglass;
          return (
            <li key={gate} data-passed={isPassed}>
              <Icon size={18} role="img" aria-label={isPassed ? t("Met") : t("Not met")} />
              <span>
                <span className={classes["name"]}>{name === undefined ? gate : t(name)}</span>
                {!isPassed && <span className={classes["reason"]}>{gateText(gate, data.facts, { t, format }) ?? reason}</span>}
              </span>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
