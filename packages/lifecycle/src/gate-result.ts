/** The answer of one reason that can hold a task instance back; shown to people as it is. */
export interface GateResult {
  readonly gate: string;
  readonly passed: boolean;
  readonly reason: string;
}
