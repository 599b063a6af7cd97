export { buildDagGraph, type DagGraph } from "./dag-graph.ts";
export type { GateResult } from "./gate-result.ts";
export { explainWaiting, GATES, type Gate, type WaitingFacts } from "./gates.ts";
export { decideLostAttempt, type LostAttemptDecision, type LostAttemptFacts, MAX_INFRASTRUCTURE_LOSSES } from "./lost-attempt.ts";
export { evaluateDependsOnPast, type PastOfTask, type PastWindow, pastWindowOf } from "./past-dependency.ts";
export { type AttemptEndDecision, type AttemptFacts, type AttemptIdentity, decideAttemptEnd, retryDelayMs } from "./retry.ts";
export { runIdFor, runTypeOfRunId } from "./run-id.ts";
export { runParams } from "./run-params.ts";
export { decideRunEnd, type RunEndDecision, tasksThatDecideRunEnd } from "./run-state.ts";
export {
  decideRunTransition,
  isLegalRunStep,
  RUN_EVENTS,
  RUN_TRANSITIONS,
  type RunEvent,
  type RunTransitionRule,
  runStatesBefore,
} from "./run-transitions.ts";
export { applyDecisions, decideDeadlock, decideTasks, type TaskDecision, type TaskStateFacts } from "./task-decisions.ts";
export { resolveInputs } from "./task-inputs.ts";
export {
  decideTaskTransition,
  isLegalTaskStep,
  SLOT_HOLDING_STATES,
  statesBefore,
  TASK_EVENTS,
  TASK_TRANSITIONS,
  type TaskEvent,
  type TaskTransitionRule,
  UNFINISHED_TASK_STATES,
} from "./task-transitions.ts";
export * from "./timetables/index.ts";
export { type Actor, requireTransition, type TransitionGrant, type TransitionRefusal } from "./transition-refusal.ts";
export {
  countUpstream,
  evaluateTriggerRule,
  ignoresSuccessUntilAllDone,
  type SkippingState,
  type TriggerRuleOptions,
  type TriggerRuleResult,
  type UpstreamCounts,
} from "./trigger-rules.ts";
