import { useTranslation } from "react-i18next";
import type { RunTask } from "../../api/runs.ts";
import type { AttemptAddress } from "../../api/tasks.ts";
import { LogView } from "../../log/log-view.tsx";
import { Nothing } from "../../ui/problem.tsx";
import { WaitingCard } from "../../waiting/waiting-card.tsx";
import { TryChoice } from "./try-choice.tsx";

interface TaskLogTabProps {
  readonly task: RunTask;
  readonly address: Omit<AttemptAddress, "tryNumber">;
  /** Number of the chosen try; the newest without it. */
  readonly chosen: number | undefined;
  readonly choose: (tryNumber: number | undefined) => void;
}

/** The log of a try, by default of the newest. */
export function TaskLogTab({ task, address, chosen, choose }: TaskLogTabProps) {
  const { t } = useTranslation();
  const tryNumber = chosen ?? task.try_number;
  if (task.try_number === 0) {
    return (
      <>
        {isWaiting(task) && <WaitingCard address={address} />}
        <Nothing title={t("The task has not started")}>{task.reason ?? t("Its log appears here as soon as it runs.")}</Nothing>
      </>
    );
  }
  return (
    <>
      {isWaiting(task) && <WaitingCard address={address} />}
      <TryChoice task={task} value={tryNumber} choose={(next) => choose(next === task.try_number ? undefined : next)} />
      <LogView key={`${task.map_index} ${tryNumber}`} address={{ ...address, tryNumber }} />
    </>
  );
}

const WAITING: ReadonlySet<string> = new Set(["none", "scheduled", "up_for_retry", "up_for_reschedule", "deferred"]);

/** Whether the task waits for something that can be told. */
function isWaiting({ state }: RunTask): boolean {
  return WAITING.has(state);
}
