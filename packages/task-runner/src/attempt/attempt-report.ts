import type { AttemptOutcome } from "@polyflow/contracts/wire";
import type { StartedAttemptAnswer } from "../api/execution-api-client.ts";
import type { SystemLine } from "../log/attempt-log.ts";
import type { SecretMask } from "../log/secret-mask.ts";

/** The outcome without what must stay secret. The output itself is data, and stays as the task returned it. */
export function maskOutcome(outcome: AttemptOutcome, mask: SecretMask): AttemptOutcome {
  switch (outcome.kind) {
    case "success":
    case "rescheduled":
    case "deferred":
      return outcome;
    case "skipped":
      return outcome.reason === undefined ? outcome : { ...outcome, reason: mask.apply(outcome.reason) };
    case "failed":
      return {
        ...outcome,
        message: mask.apply(outcome.message),
        ...(outcome.stack === undefined ? {} : { stack: mask.apply(outcome.stack) }),
      };
  }
}

/** What the log says at the end of an attempt. */
export function lastLines(
  outcome: AttemptOutcome,
  attempt: Pick<StartedAttemptAnswer, "tryNumber" | "maxTries">,
  durationMs: number,
): readonly SystemLine[] {
  const duration = formatDuration(durationMs);
  switch (outcome.kind) {
    case "success":
      return [{ level: "info", message: `Succeeded in ${duration}.` }];
    case "skipped":
      return [
        {
          level: "info",
          message: `Skipped after ${duration}${outcome.reason === undefined || outcome.reason === "" ? "." : `: ${outcome.reason}`}`,
        },
      ];
    case "rescheduled":
      return [{ level: "info", message: `Not yet. Looks again in ${formatDuration(outcome.afterMs)}; until then it takes no slot.` }];
    case "deferred":
      return [{ level: "info", message: `Waits ${whatFor(outcome)}; until then it takes no slot and no process.` }];
    case "failed": {
      const isLast = outcome.reason === "fatal" || attempt.tryNumber >= attempt.maxTries;
      const next = isLast ? "There will be no further attempt." : `Attempt ${attempt.tryNumber + 1} of ${attempt.maxTries} will follow.`;
      const stack: SystemLine[] = outcome.stack === undefined ? [] : [{ level: "error", message: outcome.stack }];
      return [...stack, { level: "error", message: `Failed after ${duration}: ${outcome.message}` }, { level: "info", message: next }];
    }
  }
}

function whatFor({ trigger, timeoutMs }: Extract<AttemptOutcome, { kind: "deferred" }>): string {
  const what = trigger.kind === "time" ? `until ${trigger.at}` : `for its condition, looked at every ${formatDuration(trigger.everyMs)}`;
  return timeoutMs === undefined ? what : `${what}, at most ${formatDuration(timeoutMs)}`;
}

function formatDuration(durationMs: number): string {
  if (durationMs < 1_000) return `${Math.max(1, Math.round(durationMs))} ms`;
  if (durationMs < 60_000) return `${(durationMs / 1_000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1_000);
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  return `${hours > 0 ? `${hours} h ` : ""}${minutes} min ${seconds % 60} s`;
}
