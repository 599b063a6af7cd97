import { TASK_STATES_BY_URGENCY } from "@polyflow/contracts";
import { msgid } from "../i18n/msgid.ts";

/** Every state a run or a task can show, in the words of the interface. */
export const STATE_LABELS = {
  success: msgid("Success"),
  running: msgid("Running"),
  failed: msgid("Failed"),
  queued: msgid("Queued"),
  scheduled: msgid("Scheduled"),
  up_for_retry: msgid("Up for retry"),
  up_for_reschedule: msgid("Up for reschedule"),
  upstream_failed: msgid("Upstream failed"),
  skipped: msgid("Skipped"),
  deferred: msgid("Deferred"),
  removed: msgid("Removed"),
  restarting: msgid("Restarting"),
  none: msgid("Not started"),
} as const satisfies Readonly<Record<string, string>>;

export type State = keyof typeof STATE_LABELS;

/** States in the order in which counts of them are shown: what needs a look first. */
export const STATE_ORDER: readonly State[] = TASK_STATES_BY_URGENCY;

/** A state's name as the server sends it; one this release does not know shows as "not started". */
export function stateOf(name: string | null): State {
  return STATE_ORDER.find((state) => state === name) ?? "none";
}
