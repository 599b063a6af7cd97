import type { SkipRequest } from "@polyflow/contracts/wire";

/**
 * What a task returns that succeeds and says that tasks after it are skipped; its operator must be described with `skipsDownstream`. For
 * operators of your own: `branch`, `shortCircuit` and `latestOnly` are made with it.
 * @example return new SkipDownstream({ kind: "branch", follow: ["small"] }, "small");
 */
export class SkipDownstream {
  readonly skips: SkipRequest;
  /** Output of the task. */
  readonly output: unknown;

  constructor(skips: SkipRequest, output?: unknown) {
    this.skips = skips;
    this.output = output;
  }
}
