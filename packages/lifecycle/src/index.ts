export { type AttemptWaitDecision, decideWait, hasTimedOut, type WaitFacts } from "./attempt-wait.ts";
export {
  type CallbackCause,
  type CallbackEnd,
  type CallbackFacts,
  decideCallbackEnd,
  MAX_CALLBACK_LOSSES,
  RUN_CALLBACK_CAUSES,
  TASK_CALLBACK_CAUSES,
} from "./callbacks.ts";
export { buildDagGraph, type DagGraph, type GraphSource } from "./dag-graph.ts";
export { DEFAULT_MAX_MAP_LENGTH, type ExpansionDecision } from "./expansion.ts";
export { describeCondition, isConditionMet, type UpdatedAssets } from "./asset-condition.ts";
export {
  type BackfillDecision,
  type BackfillLimits,
  type BackfillRange,
  backfillDates,
  decideBackfillDate,
  requireRunsBackwards,
} from "./backfill.ts";
export type { GateResult } from "./gate-result.ts";
export { evaluateDependencies, type TaskDependencies } from "./dependencies.ts";
export { explainWaiting, GATES, type Gate, type PoolHolder, type WaitingFacts } from "./gates.ts";
export { InstanceIndex } from "./instance-index.ts";
export type { TaskStateFacts } from "./instance-index.ts";
export { decideLostAttempt, type LostAttemptDecision, type LostAttemptFacts, MAX_INFRASTRUCTURE_LOSSES } from "./lost-attempt.ts";
export { mappedInputOf, type MappedInstance } from "./mapped-input.ts";
export { lengthsOfOutputs } from "./map-elements.ts";
export { mapLength, type SourceLength, type SourceLengths } from "./map-length.ts";
export { evaluateDependsOnPast, evaluateWaitForDownstream, type PastOfTask, type PastWindow, pastWindowOf } from "./past-dependency.ts";
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
export { decideSkippingEnd, decideSkips, type SkipDecision, type SkipFacts } from "./skips.ts";
export {
  applyDecisions,
  decideDeadlock,
  type DecideOptions,
  decideTasks,
  endsFailFastRun,
  type RunDecisions,
  type TaskDecision,
} from "./task-decisions.ts";
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
  type UpstreamState,
} from "./trigger-rules.ts";
