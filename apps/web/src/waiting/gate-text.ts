import type { TFunction } from "i18next";
import type { Waiting } from "../api/task-actions.ts";
import type { Format } from "../format/format-provider.tsx";
import { msgid } from "../i18n/msgid.ts";

/** What each gate is called. */
export const GATE_NAMES: Readonly<Record<string, string>> = {
  dag_active: msgid("The file of the process exists"),
  dag_paused: msgid("The process is switched on"),
  run_running: msgid("The run has started"),
  previously_skipped: msgid("No task before it has decided to skip it"),
  setups: msgid("The setup tasks before it are done"),
  trigger_rule: msgid("The tasks before it are done"),
  depends_on_past: msgid("The run before is done"),
  wait_for_downstream: msgid("The tasks after it are done in the run before"),
  retry_wait: msgid("The wait before the next try is over"),
  wait: msgid("What it waits for is there"),
  pool_slots: msgid("The pool has free slots"),
  task_limits: msgid("The task may have one more instance under way"),
  max_active_tasks: msgid("The run may have one more task under way"),
  parallelism: msgid("The installation may have one more task under way"),
};

/** Why a gate holds, where no number says more. */
const HELD_BY: Readonly<Record<string, string>> = {
  dag_active: msgid("The file is gone or can no longer be read"),
  dag_paused: msgid("The process is paused; switch it on to let its tasks run"),
  previously_skipped: msgid("A task before it has decided to skip it"),
  setups: msgid("A setup task that it needs has not succeeded"),
  depends_on_past: msgid("The same task has not succeeded in the run before"),
  wait_for_downstream: msgid("Tasks after it are not done in the run before"),
  task_limits: msgid("As many instances of the task are under way as it allows"),
};

/** A gate's state in a sentence of the user's language; null where the server's own words must do. */
export function gateText(
  gate: string,
  facts: Waiting["facts"],
  { t, format }: { readonly t: TFunction; readonly format: Format },
): string | null {
  switch (gate) {
    case "run_running":
      return t("{{active}} of at most {{most}} runs of the process are under way", {
        active: facts.active_runs,
        most: facts.max_active_runs,
      });
    case "trigger_rule": {
      const { total, success, failed, skipped } = facts.upstream;
      if (total === 0) return t("No task stands before it");
      return t("Rule {{rule}}: of {{total}} tasks before it {{success}} succeeded, {{failed}} failed, {{skipped}} were skipped", {
        rule: facts.trigger_rule,
        total,
        success,
        failed,
        skipped,
      });
    }
    case "retry_wait":
      return facts.next_retry_at === null
        ? t("No next try is planned")
        : t("The next try begins at {{time}}", { time: format.instant(facts.next_retry_at) });
    case "wait":
      return facts.next_retry_at === null
        ? t("It goes on when what it waits for is there")
        : t("It goes on at {{time}} at the latest", { time: format.instant(facts.next_retry_at) });
    case "pool_slots":
      if (facts.pool === null) return t("There is no pool of that name");
      return t("Pool {{pool}}: {{free}} of {{slots}} slots are free, the task needs {{needs}}", {
        pool: facts.pool.name,
        free: Math.max(0, facts.pool.slots - facts.pool.occupied),
        slots: facts.pool.slots,
        needs: facts.pool_slots,
      });
    case "max_active_tasks":
      return t("{{active}} of at most {{most}} tasks of the run are under way", {
        active: facts.active_tasks,
        most: facts.max_active_tasks,
      });
    case "parallelism":
      return t("{{active}} of at most {{most}} tasks of the installation are under way", { active: facts.active, most: facts.parallelism });
    default: {
      const sentence = HELD_BY[gate];
      return sentence === undefined ? null : t(sentence);
    }
  }
}
