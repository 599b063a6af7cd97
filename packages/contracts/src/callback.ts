/** What of a task instance calls a function of its author's. */
export const TASK_CALLBACK_KINDS = ["execute", "success", "failure", "retry", "skipped"] as const;
export type TaskCallbackKind = (typeof TASK_CALLBACK_KINDS)[number];

/** What of a run calls a function of its author's. */
export const RUN_CALLBACK_KINDS = ["success", "failure"] as const;
export type RunCallbackKind = (typeof RUN_CALLBACK_KINDS)[number];

/** What a callback is called for; `deadline`: a run has missed one. */
export const CALLBACK_KINDS = [...TASK_CALLBACK_KINDS, "deadline"] as const;
export type CallbackKind = (typeof CALLBACK_KINDS)[number];

/**
 * States of a callback. `scheduled`: a worker will take it, at once or when its next attempt is due. `failed` is final: nothing but a person
 * has it called again.
 */
export const CALLBACK_STATES = ["scheduled", "running", "success", "failed"] as const;
export type CallbackState = (typeof CALLBACK_STATES)[number];

/** A function that is called when something has become of a task or a run; the code stays in the bundle. */
export interface CallbackSpec {
  /** For people. */
  readonly name: string;
  /** How often it is called again after it failed. */
  readonly retries: number;
  readonly retryDelayMs: number;
  /** An attempt that takes longer is killed, and has failed. */
  readonly timeoutMs: number;
}
