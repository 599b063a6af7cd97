/** How ill the world is; all are probabilities. */
export interface Faults {
  /** A store call fails and has no effect. */
  readonly storeRefuses: number;
  /** A store call takes effect and its caller hears of an error. */
  readonly storeForgets: number;
  /** A store call takes seconds. */
  readonly storeStalls: number;
  /** The scheduler dies at a store call: before it, or after it took effect. */
  readonly schedulerDies: number;
  readonly hintLost: number;
  readonly hintDoubled: number;
  readonly workloadLost: number;
  readonly workloadDoubled: number;
  /** A worker dies with the attempt it has just claimed. */
  readonly workerDies: number;
  /** A worker is cut off for longer than it takes to be given up, and reports afterwards. */
  readonly workerCutOff: number;
  /** A worker stops in order and leaves the attempt it has just claimed. */
  readonly workerLeaves: number;
  /** Nobody fires a trigger: only its time limit ends the wait. */
  readonly triggerLost: number;
  /** How wrong the clock of a scheduler may be, either way. */
  readonly clockSkewMs: number;
}

export const NO_FAULTS: Faults = {
  storeRefuses: 0,
  storeForgets: 0,
  storeStalls: 0,
  schedulerDies: 0,
  hintLost: 0,
  hintDoubled: 0,
  workloadLost: 0,
  workloadDoubled: 0,
  workerDies: 0,
  workerCutOff: 0,
  workerLeaves: 0,
  triggerLost: 0,
  clockSkewMs: 0,
};
