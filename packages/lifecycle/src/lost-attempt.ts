/** Times that infrastructure may lose the attempts of one task instance before it is given up. */
export const MAX_INFRASTRUCTURE_LOSSES = 3;

export interface LostAttemptFacts {
  readonly taskId: string;
  readonly tryNumber: number;
  /** Losses of this task instance so far, this one not counted. */
  readonly losses: number;
  /** The worker left in order and could not wait for the attempt: no loss. */
  readonly workerHasLeft: boolean;
  /** For people: which worker went. */
  readonly worker?: string;
}

export interface LostAttemptDecision {
  readonly to: "scheduled" | "failed";
  readonly reason: string;
}

/**
 * What follows when the machine around a task failed, not the task: a new attempt that costs none of the user's retries, up to a limit,
 * so that a task that takes its worker down with it does not do so for ever. A worker that stops in order takes nothing from that limit.
 * @example decideLostAttempt({ taskId: "load", tryNumber: 1, losses: 0, workerHasLeft: false }); // { to: "scheduled", … }
 */
export function decideLostAttempt(facts: LostAttemptFacts, maxLosses: number = MAX_INFRASTRUCTURE_LOSSES): LostAttemptDecision {
  const worker = facts.worker === undefined ? "its worker" : `worker "${facts.worker}"`;
  if (facts.workerHasLeft) {
    return {
      to: "scheduled",
      reason: `Try ${facts.tryNumber} of "${facts.taskId}" ended when ${worker} was stopped; it is started again.`,
    };
  }
  const lost = `Try ${facts.tryNumber} of "${facts.taskId}" was lost with ${worker}`;
  if (facts.losses < maxLosses)
    return { to: "scheduled", reason: `${lost}; it is started again (loss ${facts.losses + 1} of at most ${maxLosses}).` };
  return {
    to: "failed",
    reason: `${lost}, the ${ordinal(facts.losses + 1)} loss; no more than ${maxLosses} are made good. Look at the worker's memory and logs.`,
  };
}

function ordinal(count: number): string {
  const suffix = count % 100 >= 11 && count % 100 <= 13 ? "th" : (["th", "st", "nd", "rd"][count % 10] ?? "th");
  return `${count}${suffix}`;
}
